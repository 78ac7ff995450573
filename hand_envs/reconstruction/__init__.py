"""A video of one's own as physics: hands that any estimator saw, around any object, played, filmed and reported on."""
