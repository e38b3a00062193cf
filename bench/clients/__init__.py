"""The programs that load what is measured: each as cheap as it can be, they share its machine."""
