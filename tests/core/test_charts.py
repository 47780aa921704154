"""Charts of several pieces; bars and columns are looked at with the pages that hold them."""

from core import charts


def test_a_stacked_line_is_cut_in_pieces_and_its_table_says_nought_where_there_is_none():
    chart = charts.stacked(
        "Décisions", [("retenues", "selected"), ("à décider", "in_review")], [("État", [1, 3]), ("Territoriale", [0, 2])]
    )
    assert [[(part.label, part.at, part.size) for part in stack.parts] for stack in chart.stacks] == [
        [("retenues", 0.0, 25.0), ("à décider", 25.0, 75.0)],
        [("à décider", 0.0, 50.0)],
    ]
    assert [(stack.label, numbers, stack.total) for stack, numbers in chart.table] == [("État", [1, 3], 4), ("Territoriale", [0, 2], 2)]
    assert (chart.columns, chart.total) == ([("retenues", "selected", 1), ("à décider", "in_review", 5)], 6)
    assert chart.description.replace("\u202f", " ").replace("\xa0", " ") == "État : 1 retenues, 3 à décider ; Territoriale : 2 à décider"
