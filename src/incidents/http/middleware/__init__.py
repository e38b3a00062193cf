"""What every request passes: authorization, browser rules, metrics, rejections."""
