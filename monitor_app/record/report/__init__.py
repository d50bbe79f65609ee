"""What does a session come to? The figures of the session report (CLINICAL section 7), folded from the record, without Qt.

`figures.report_of` reads and computes, `wording` turns figures into the tables that are printed, `record.exporters.pdf`
paints them. Nothing is decided again: alarms, refuted readings and phases are what the journal says they were.
"""
