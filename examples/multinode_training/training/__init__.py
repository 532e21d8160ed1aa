"""Trains a model on several machines, as a multi-node parallel job of AWS Batch."""
