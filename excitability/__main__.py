"""Entry of the command line: ``excitability`` and ``python -m excitability``."""

import sys


def main() -> int:
    """Run the command line; Ctrl-C ends it quietly even while it is still loading."""
    try:
        from excitability import command

        return command.main()
    except KeyboardInterrupt:
        print("excitability: stopped; nothing was written", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
