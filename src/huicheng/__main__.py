"""``python -m huicheng``."""

from huicheng.cli import main

if __name__ == "__main__":
    main()
