"""A command that has others."""

from difflib import get_close_matches

import click


class Group(click.Group):
    """Answers the name of a command that is misspelt with the nearest one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name. Raises UsageError."""
        names = self.list_commands(ctx)
        near = get_close_matches(args[0], names, 1)
        if near and args[0] not in names:
            raise click.UsageError(f"No such command {args[0]!r}. Did you mean {near[0]}?", ctx)
        return super().resolve_command(ctx, args)
