"""A made-up town: a hundred thousand open cases of ten kinds, as the engine would have left them."""
