"""Kappas beside each other and beside dex-retargeting, in numbers and in a picture."""
