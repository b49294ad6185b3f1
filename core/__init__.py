"""What every app stands on: money, ids, time, problems, parsing, pages, transactions. No tables; imports no app."""
