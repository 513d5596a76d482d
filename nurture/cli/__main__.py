"""`python -m nurture.cli` is the same as `nurture`."""

from nurture.cli import main

main(prog_name="nurture")
