"""The tables as the migrations leave them: a test compares both.

Only migrations load these, and SQLAlchemy with them: it takes longer than the rest of a start.
"""
