"""What users are warned of: targets missed, weights grown back."""
