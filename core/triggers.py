"""Database triggers that any app may give its tables. What they do for products alone is in products/triggers.py."""

import pgtrigger


def version_on_change(sequence: str, *ignored: str) -> pgtrigger.Trigger:
    """Give a row's `version` the next number of a sequence when any column but the ignored ones changes.

    A number that was rolled back is never given again, so what was rendered inside a failed transaction under it can't
    be taken for something else. What anybody else writes into the column is not taken.
    """
    return pgtrigger.Trigger(
        name="version",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("content", "RECORD")],
        func=f"""
            IF TG_OP = 'UPDATE' THEN
                content := NEW;
                {" ".join(f"content.{column} := OLD.{column};" for column in ("version", *ignored))}
                IF content IS NOT DISTINCT FROM OLD THEN
                    NEW.version := OLD.version;
                    RETURN NEW;
                END IF;
            END IF;
            NEW.version := nextval('{sequence}');
            RETURN NEW;
        """,
    )
