"""incidents completion."""

import click
from click.shell_completion import get_completion_class


@click.command(
    short_help="Print the shell completion of commands and flags.",
    epilog="""\b
Examples:
  incidents completion bash > ~/.local/share/bash-completion/completions/incidents
  incidents completion zsh > "${fpath[1]}/_incidents"
  incidents completion fish > ~/.config/fish/completions/incidents.fish""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that completes the commands and flags of incidents in SHELL."""
    made_by = get_completion_class(shell)
    assert made_by is not None
    root = context.find_root()
    click.echo(made_by(root.command, {}, "incidents", "_INCIDENTS_COMPLETE").source())
