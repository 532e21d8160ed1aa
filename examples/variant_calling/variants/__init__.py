"""Finds the variants of a genome, chromosome by chromosome, on AWS Batch."""
