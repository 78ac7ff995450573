"""What it is worth to know hands before looking at them.

python -m benchmarks.vision.rendering    pictures per second, with all faces and with few
"""
