"""The worker: tells contacts of escalations, and answers messages that the gateway left unanswered.

The tables are the truth. What is lost of the task queue is found again by the sweep.
"""
