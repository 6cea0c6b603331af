"""`python -m plumb`."""

from plumb.app import app

if __name__ == "__main__":
    app(prog_name="plumb")
