"""Stage 1: encoders that know hands, from made pictures of them; and probes of what an encoder knows."""
