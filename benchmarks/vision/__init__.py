"""H-InDex: what a frozen visual representation is worth to a hand, on twelve tasks.

python -m benchmarks.vision.probes         what features know: errors of hand and object, in minutes
python -m benchmarks.vision.cloning        Fig. 1, 4 and 5: cloning on frozen features, twelve tasks x encoders
python -m benchmarks.vision.dapg           the same with reinforcement learning, on door and mug
python -m benchmarks.vision.ablations      Fig. 6: stages, momentum, what stage 2 adapts
python -m benchmarks.vision.backgrounds    Table 3: backgrounds that were never seen
python -m benchmarks.vision.keypoints      Fig. 10: where keypoints lie
python -m benchmarks.vision.affine         Fig. 11: what stage 2 moves, by depth
python -m benchmarks.vision.speed          pictures, features and steps a second
python -m benchmarks.vision.rendering      pictures a second, with all faces and with few
"""
