"""How do words and plot of a report fill one to three pages? Blocks one below the other, then frame and watermark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QRectF

from monitor_app.record.exporters import NOTICE
from monitor_app.record.exporters.pdf.plot import HEIGHT, CoursePlot
from monitor_app.record.exporters.pdf.sheet import (
    A4,
    BAND,
    BOLD,
    CENTRE,
    FAINT,
    HIGH,
    INK,
    LEFT,
    MEDIUM_WEIGHT,
    REGULAR,
    RIGHT,
    RULE,
    SIMULATED,
    SOFT,
    TINT,
    Box,
    Line,
    Page,
    Paper,
    Shape,
    Text,
    require_application,
    shortened,
    text_height,
    text_width,
)
from monitor_app.record.report.care_wording import dose_table, is_told, ready_table, score_table
from monitor_app.record.report.wording import Table, Tile, Wording

MARGIN, TOP, FOOT = 1400.0, 1250.0, 1750.0
GAP, GUTTER = 420.0, 600.0
TITLE, HEAD, ROW, PAD = 480.0, 340.0, 370.0, 90.0
CELL_PT, HEAD_PT = 7.3, 6.5
ROWS_MAX = {"Alarms": 34, "Interventions and observations": 24, "Steps of the treatment": 16, "Gaps over 10 s": 8,
            "Limits that differ from the catalogue": 10, "Adherence to the profile": 12, "Scores": 14,
            "Dose": 10}  # fmt: skip
"""So that the longest session keeps to three pages; what is left out is said, and is in the CSV archive."""


def composed(words: Wording, version: str = "", size: tuple[float, float] = A4) -> Paper:
    """The report on paper of that size."""
    require_application()
    flow = _Flow(words, size)
    _first_page(flow, words)
    _details(flow, words)
    _signature(flow, words)
    for number, page in enumerate(flow.pages, 1):
        _frame(page, words, size, version, number, len(flow.pages))
        if number > 1:
            _running_head(page, words, size)
    return Paper(size, tuple(_watermarked(page, words, size) for page in flow.pages))


class _Flow:
    """Where the next block goes."""

    def __init__(self, words: Wording, size: tuple[float, float]) -> None:
        self.words, self.size = words, size
        self.pages = [Page()]
        self.y = TOP

    @property
    def page(self) -> Page:
        return self.pages[-1]

    @property
    def width(self) -> float:
        return self.size[0] - 2 * MARGIN

    @property
    def room(self) -> float:
        return self.size[1] - FOOT - self.y

    def need(self, height: float) -> None:
        """A new page where the block does not fit."""
        if height > self.room:
            self.pages.append(Page())
            self.y = TOP + 700

    def table(self, table: Table) -> None:
        """Over the whole width, broken between two rows where it must be."""
        rest = _limited(table)
        self.need(min(_height(rest, self.width), TITLE + HEAD + 3 * ROW))
        while True:
            fits = _rows_that_fit(rest, self.width, self.room)
            part = replace(rest, rows=rest.rows[:fits], note=rest.note if fits == len(rest.rows) else "")
            self.y += _draw(self.page, part, MARGIN, self.y, self.width) + GAP
            if fits == len(rest.rows):
                return
            rest = replace(rest, title=f"{table.title}, continued", rows=rest.rows[fits:])
            self.pages.append(Page())
            self.y = TOP + 700

    def beside(self, left: Sequence[Table], right: Sequence[Table]) -> None:
        """Two columns of small tables."""
        width = (self.width - GUTTER) / 2
        columns = [[_limited(t) for t in column] for column in (left, right)]
        self.need(max(sum(_height(t, width) + GAP for t in column) for column in columns))
        ends = []
        for place, column in enumerate(columns):
            y = self.y
            for table in column:
                y += _draw(self.page, table, MARGIN + place * (width + GUTTER), y, width) + GAP
            ends.append(y)
        self.y = max(ends)


# ---------------------------------------------------------------- tables


def _limited(table: Table) -> Table:
    most = ROWS_MAX.get(table.title, len(table.rows))
    left = len(table.rows) - most
    if left <= 0:
        return table
    note = f"{table.note} {left} more rows are not printed: the CSV archive holds them all.".strip()
    return replace(table, rows=table.rows[:most], note=note)


def _edges(table: Table, width: float) -> list[float]:
    whole = sum(table.widths)
    edges = [0.0]
    for share in table.widths:
        edges.append(edges[-1] + share / whole * width)
    return edges


def _row_height(table: Table, row: tuple[str, ...], width: float) -> float:
    edges = _edges(table, width)
    heights = [text_height(cell, CELL_PT, edges[n + 1] - edges[n] - 2 * PAD) for n, cell in enumerate(row) if cell]
    return max([ROW, *(h + 90 for h in heights)])


def _note_height(table: Table, width: float) -> float:
    return text_height(table.note, HEAD_PT, width) + 60 if table.note else 0


def _height(table: Table, width: float) -> float:
    rows = sum(_row_height(table, row, width) for row in table.rows) or ROW
    return TITLE + (HEAD if table.rows else 0) + rows + _note_height(table, width)


def _rows_that_fit(table: Table, width: float, room: float) -> int:
    used = TITLE + HEAD + _note_height(table, width)
    for n, row in enumerate(table.rows):
        used += _row_height(table, row, width)
        if used > room:
            return max(1, n)
    return len(table.rows)


def _draw(page: Page, table: Table, x: float, y: float, width: float) -> float:
    """Draws and returns the height."""
    start = y
    page.add(Text(QRectF(x, y, width, TITLE - 60), table.title, 9, INK, BOLD))
    y += TITLE
    if not table.rows:
        page.add(Line(x, y - 40, x + width, y - 40, RULE, 10))
        page.add(Text(QRectF(x, y, width, ROW), table.empty, CELL_PT, SOFT))
        return y + ROW + _note(page, table, x, y + ROW, width) - start
    edges = _edges(table, width)
    y += _head(page, table, edges, x, y, width)
    for n, row in enumerate(table.rows):
        height = _row_height(table, row, width)
        if n % 2:
            page.add(Box(QRectF(x, y, width, height), TINT))
        for column, cell in enumerate(row):
            page.add(_cell(table, column, cell, x + edges[column], y, edges[column + 1] - edges[column], height))
        y += height
    page.add(Line(x, y, x + width, y, RULE, 8))
    return y + _note(page, table, x, y, width) - start


def _head(page: Page, table: Table, edges: list[float], x: float, y: float, width: float) -> float:
    for column, label in enumerate(table.head):
        box = QRectF(x + edges[column] + PAD, y - 40, edges[column + 1] - edges[column] - 2 * PAD, HEAD - 20)
        align = RIGHT if column in table.right else LEFT
        page.add(Text(box, shortened(label, HEAD_PT, box.width(), MEDIUM_WEIGHT), HEAD_PT, SOFT, MEDIUM_WEIGHT, align))
    page.add(Line(x, y + HEAD - 60, x + width, y + HEAD - 60, SOFT, 10))
    return HEAD


def _cell(table: Table, column: int, cell: str, x: float, y: float, width: float, height: float) -> Text:
    align = RIGHT if column in table.right else LEFT
    weight = MEDIUM_WEIGHT if column == 0 else BOLD if set(cell) <= {"*", "!"} and cell else REGULAR
    box = QRectF(x + PAD, y + 45, width - 2 * PAD, height - 45)
    return Text(box, cell, CELL_PT, INK, weight, align, wrap=True)


def _note(page: Page, table: Table, x: float, y: float, width: float) -> float:
    if not table.note:
        return 0
    height = _note_height(table, width)
    page.add(Text(QRectF(x, y + 60, width, height), table.note, HEAD_PT, SOFT, wrap=True))
    return height


# ---------------------------------------------------------------- the blocks


def _first_page(flow: _Flow, words: Wording) -> None:
    _header(flow, words)
    _open_items(flow, words.open_items())
    _tiles(flow, words.tiles())
    flow.page.add(Text(QRectF(MARGIN, flow.y, flow.width, TITLE), "Course", 9, INK, BOLD))
    flow.page.add(Text(QRectF(MARGIN, flow.y, flow.width, TITLE),
                       "bars: cuff, systolic to diastolic, diamond: mean     line: heart rate     numbers: interventions",
                       6.5, SOFT, align=RIGHT))  # fmt: skip
    flow.y += TITLE + 60
    CoursePlot(flow.page, words, QRectF(MARGIN, flow.y, flow.width, HEIGHT)).draw()
    flow.y += HEIGHT + GAP
    flow.table(words.course())


def _details(flow: _Flow, words: Wording) -> None:
    flow.beside((words.thresholds(),), (words.moments(), words.adherence()))
    flow.table(words.coverage())
    flow.table(words.timeline())
    if is_told(words):
        flow.beside((dose_table(words),), (ready_table(words),))
        flow.table(score_table(words))
    flow.table(words.alarms())
    flow.table(words.notes())
    if words.m.added.notes:
        flow.table(words.clinician_notes())
    flow.beside((words.limits(),), (words.gaps(),))


def _header(flow: _Flow, words: Wording) -> None:
    page, y = flow.page, flow.y
    page.add(Text(QRectF(MARGIN, y, flow.width, 800), "Session report", 19, INK, BOLD))
    m = words.m
    when = f"{words.day()}, {words.clock(m.from_us)[:5]} to {words.clock(m.to_us)[:5]} ({words.zone()})"
    page.add(Text(QRectF(MARGIN, y + 830, flow.width, 400), when, 9, SOFT))
    page.add(Text(QRectF(MARGIN, y, flow.width, 330), "PATIENT", 6.5, SOFT, MEDIUM_WEIGHT, RIGHT))
    page.add(Text(QRectF(MARGIN, y + 330, flow.width, 620), words.patient(), 15, INK, BOLD, RIGHT))
    if words.mark():
        width = text_width(words.mark(), 8, BOLD) + 300
        box = QRectF(flow.size[0] - MARGIN - width, y + 1000, width, 380)
        page.add(Box(box, "", SIMULATED, radius=60, width=18), Text(box, words.mark(), 8, SIMULATED, BOLD, CENTRE))
    y += 1480
    page.add(Line(MARGIN, y, MARGIN + flow.width, y, INK, 20))
    y += 120
    facts = words.facts()
    y = _facts(page, facts[:4], MARGIN, y, flow.width, 4)
    flow.y = _facts(page, facts[4:], MARGIN, y, flow.width, 2) + 160


def _facts(page: Page, facts: Sequence[tuple[str, str]], x: float, y: float, width: float, columns: int) -> float:
    each = width / columns
    for n, (label, value) in enumerate(facts):
        box = QRectF(x + (n % columns) * each, y + n // columns * 620, each - 150, 260)
        page.add(Text(box, label.upper(), 5.8, FAINT, MEDIUM_WEIGHT))
        below = box.translated(0, 240)
        page.add(Text(QRectF(below.left(), below.top(), below.width(), 330), shortened(value, 7.6, below.width()), 7.6))
    return y + -(-len(facts) // columns) * 620


def _open_items(flow: _Flow, items: Sequence[str]) -> None:
    if not items:
        return
    text = "Open: " + "  ".join(items)
    height = text_height(text, 7.6, flow.width - 900) + 220
    box = QRectF(MARGIN, flow.y, flow.width, height)
    x, y = MARGIN + 330, flow.y + height / 2
    flow.page.add(
        Box(box, "", HIGH, radius=80, width=12),
        Shape([(x, y - 130), (x + 150, y + 130), (x - 150, y + 130)], "#FFFFFF", HIGH),
        Text(QRectF(x - 60, y - 80, 120, 220), "!", 6.5, HIGH, BOLD, CENTRE),
        Text(QRectF(MARGIN + 650, flow.y + 110, flow.width - 900, height - 110), text, 7.6, INK, wrap=True),
    )
    flow.y += height + 260


def _tiles(flow: _Flow, tiles: Sequence[Tile]) -> None:
    each = (flow.width - (len(tiles) - 1) * 200) / len(tiles)
    for n, tile in enumerate(tiles):
        box = QRectF(MARGIN + n * (each + 200), flow.y, each, 1500)
        inner = box.adjusted(160, 0, -100, 0)
        flow.page.add(
            Box(box, TINT, BAND, radius=100),
            Text(QRectF(inner.left(), box.top() + 130, inner.width(), 280), tile.label, 6.6, SOFT, MEDIUM_WEIGHT),
            Text(QRectF(inner.left(), box.top() + 410, inner.width(), 520), tile.figure, 13, INK, BOLD),
            Text(QRectF(inner.left(), box.top() + 930, inner.width(), 560), tile.detail, 6.2, SOFT, wrap=True),
        )
    flow.y += 1500 + 360


def _signature(flow: _Flow, words: Wording) -> None:
    flow.need(3300 + 400 * (1 + len(words.amendments())))
    page, y = flow.page, flow.y
    page.add(Text(QRectF(MARGIN, y, flow.width, TITLE), "Signature", 9, INK, BOLD))
    page.add(Line(MARGIN, y + TITLE - 20, MARGIN + flow.width, y + TITLE - 20, SOFT, 10))
    y += TITLE
    for line in (words.signature(), *words.amendments()):
        if line:
            height = text_height(line, 8, flow.width) + 60
            page.add(Text(QRectF(MARGIN, y, flow.width, height), line, 8, INK, MEDIUM_WEIGHT, wrap=True))
            y += height
    y += 900
    each = (flow.width - 2 * GUTTER) / 3
    for n, label in enumerate(("Signature", "Name and role", "Date and time")):
        x = MARGIN + n * (each + GUTTER)
        page.add(Line(x, y, x + each, y, INK, 10), Text(QRectF(x, y + 40, each, 280), label, 6.5, SOFT))
    entries, head = words.integrity()
    y += 560
    page.add(
        Text(QRectF(MARGIN, y, flow.width, 300), f"{entries}. Hash of the newest (SHA-256 of the chain):", 6.8, SOFT),
        Text(QRectF(MARGIN, y + 300, flow.width, 330), head, 7.6, INK, MEDIUM_WEIGHT),
        Text(QRectF(MARGIN, y + 620, flow.width, 300),
             f"The record says the same as long as `chairside verify {words.m.row.uuid[:8]}` finds no fault and this hash "
             "is in its journal.", 6.5, SOFT),
    )  # fmt: skip
    flow.y = y + 950


# ---------------------------------------------------------------- the frame of every page


def _frame(page: Page, words: Wording, size: tuple[float, float], version: str, number: int, of: int) -> None:
    y = size[1] - FOOT + 350
    width = size[0] - 2 * MARGIN
    _, head = words.integrity()
    made = f"Chairside {version}" if version else "Chairside"
    page.add(
        Line(MARGIN, y, MARGIN + width, y, RULE, 8),
        Text(QRectF(MARGIN, y + 60, width, 280), NOTICE, 6.3, SOFT, MEDIUM_WEIGHT),
        Text(QRectF(MARGIN, y + 60, width, 280), f"{number} of {of}", 6.8, INK, MEDIUM_WEIGHT, RIGHT),
        Text(QRectF(MARGIN, y + 340, width, 280),
             f"Session {words.m.row.uuid}     chain {head[:16]}     {made}     {words.mark() or 'real patient'}", 5.8,
             FAINT),
    )  # fmt: skip


def _running_head(page: Page, words: Wording, size: tuple[float, float]) -> None:
    width = size[0] - 2 * MARGIN
    page.add(
        Text(QRectF(MARGIN, TOP - 150, width, 320), f"Session report   {words.patient()}", 8, INK, MEDIUM_WEIGHT),
        Text(QRectF(MARGIN, TOP - 150, width, 320),
             f"Chair {words.m.session.chair}   {words.day()}   {words.mark()}".rstrip(), 8, SOFT, align=RIGHT),
        Line(MARGIN, TOP + 260, MARGIN + width, TOP + 260, RULE, 10),
    )  # fmt: skip


def _watermarked(page: Page, words: Wording, size: tuple[float, float]) -> Page:
    """Under everything: not a patient's, and not signed."""
    box = QRectF(-size[0] / 2, size[1] / 2 - 2500, 2 * size[0], 3600)
    marks = [Text(box, words.mark(), 92, SIMULATED, BOLD, CENTRE, turn=-52, opacity=0.06)] if words.mark() else []
    low = box.translated(2600, 2300) if words.mark() else box
    if not words.signature():
        marks.append(Text(low, "DRAFT, NOT SIGNED", 44, SOFT, BOLD, CENTRE, turn=-52, opacity=0.06))
    return Page([*marks, *page.marks])
