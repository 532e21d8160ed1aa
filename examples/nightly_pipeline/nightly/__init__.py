"""A nightly pipeline: one day of weather readings in, one report out, the work done on AWS Batch."""
