"""`python -m hand_envs.cli`."""

from hand_envs.cli.main import main

main()
