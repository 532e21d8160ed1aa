"""A Lambda function that decides what becomes of failed jobs of AWS Batch."""
