"""What every request passes: authorization, rules for browsers, metrics, rejections."""
