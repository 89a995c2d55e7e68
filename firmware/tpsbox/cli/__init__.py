"""The `tpsbox` command."""
