"""Learning from pictures: a representation that knows hands, and policies on its features (H-InDex, 2023)."""
