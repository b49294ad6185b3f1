"""Tax rates from files: VAT by country with its changes and exceptions, American sales taxes by ZIP code."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cart.taxes import tax_table
from core import clock
from core.places import Place
from markets.importing.patterns import ranges_of
from markets.models import TaxRate
from tests.factories.catalogue import tax_category_make, tax_rate_make

pytestmark = pytest.mark.django_db

NEW = datetime(2026, 11, 1, tzinfo=UTC)
HEAD = (
    "State,ZipCode,TaxRegionName,StateRate,EstimatedCombinedRate,EstimatedCountyRate,EstimatedCityRate,"
    "EstimatedSpecialRate,RiskLevel\n"
)


def imported(*files: Path, **options: Any) -> tuple[list[str], list[str]]:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("import_tax_rates", *files, stdout=out, stderr=err, **options)
    except CommandError as error:
        return out.getvalue().splitlines(), [*err.getvalue().splitlines(), str(error)]
    return out.getvalue().splitlines(), err.getvalue().splitlines()


def taxed(place: Place, at: datetime = NEW, category: str = "standard") -> list[tuple[str, int]]:
    rates = tax_table(place, at).rates_of(tax_category_make(category).pk)
    return [(rate.label.rpartition(" ")[0].rpartition(" ")[0], rate.rate_ppm) for rate in rates]


def vat_file(folder: Path, **items: Any) -> Path:
    path = folder / "vat.json"
    path.write_text(json.dumps({"items": items}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("pattern", "ranges"),
    [
        (r"(35\d{3}|38\d{3})", [("35", "35"), ("38", "38")]),
        (r"(5100[1-5]|5107[0-1]|51081)", [("51001", "51005"), ("51070", "51071"), ("51081", "51081")]),
        (r"971\d{2,}", [("971", "971")]),
        (r"9[0-4]\d{2,}", [("90", "94")]),
        ("699[123]", [("6991", "6993")]),
        ("699[135]", [("6991", "6991"), ("6993", "6993"), ("6995", "6995")]),
        ("22061", [("22061", "22061")]),
        ("[1-2]0[4-5]", [("104", "105"), ("204", "205")]),
    ],
)
def test_patterns_become_ranges(pattern: str, ranges: list[tuple[str, str]]) -> None:
    assert ranges_of(pattern) == ranges


@pytest.mark.parametrize("pattern", [r"35\d{3}7", "35.*", "35[^1]", "35+"])
def test_pattern_of_another_kind_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="can't be made a range"):
        ranges_of(pattern)


def test_vat_with_dates_exceptions_and_reduced_rates(tmp_path: Path) -> None:
    tax_category_make()
    tax_category_make("books", is_default=False)
    path = vat_file(
        tmp_path,
        PT=[
            {
                "effective_from": "0000-01-01",
                "rates": {"reduced1": 6, "standard": 23},
                "exceptions": [
                    {"name": "Madeira", "postcode": r"9[0-4]\d{2,}", "standard": 22},
                    {"name": "Nowhere", "postcode": "9999", "standard": 0},
                ],
            }
        ],
        DK=[
            {"effective_from": "2026-12-01", "rates": {"standard": 24.5}},
            {"effective_from": "0000-01-01", "rates": {"standard": 25}},
        ],
    )
    options = {"category": ["books=reduced,reduced1"]}
    assert imported(path, dry_run=True, **options) == (
        ["vat.json: 9 rates would be created, 0 would be changed, 0 would be removed, 0 unchanged."],
        [],
    )
    assert TaxRate.objects.count() == 0
    assert imported(path, **options)[0] == ["vat.json: 9 rates created, 0 changed, 0 removed, 0 unchanged."]
    madeira, nowhere = Place("PT", "", "9000123"), Place("PT", "", "9999001")
    assert (taxed(Place("PT")), taxed(madeira), taxed(nowhere)) == (
        [("VAT", 230_000)],
        [("VAT", 220_000)],
        [("VAT", 0)],
    )
    # Of Madeira the file knows no reduced rate, so the country's holds; outside of the VAT's territory there is none.
    assert taxed(madeira, category="books") == [("VAT", 60_000)]
    assert taxed(nowhere, category="books") == [("VAT", 0)]
    day = clock.start_of(datetime(2026, 12, 1, tzinfo=UTC).date())
    # A country without reduced rates has books at its standard one.
    for category in ("standard", "books"):
        assert taxed(Place("DK"), NEW, category) == [("VAT", 250_000)]
        assert taxed(Place("DK"), day, category) == [("VAT", 245_000)]

    ids = set(TaxRate.objects.values_list("pk", flat=True))
    assert imported(path, **options)[0] == ["vat.json: 0 rates created, 0 changed, 0 removed, 9 unchanged."]
    assert set(TaxRate.objects.values_list("pk", flat=True)) == ids

    later = vat_file(tmp_path, DK=[{"effective_from": "0000-01-01", "rates": {"standard": 26}}])
    assert imported(later, **options)[0] == ["vat.json: 0 rates created, 2 changed, 2 removed, 0 unchanged."]
    assert (taxed(Place("DK"), day), taxed(Place("PT"))) == ([("VAT", 260_000)], [("VAT", 230_000)])


def test_what_can_not_be_read_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    tax_category_make()
    tax_rate_make(country="ES", name="IVA", rate_ppm=210_000)
    tax_rate_make(country="IT", rate_ppm=220_000)
    good = [{"effective_from": "0000-01-01", "rates": {"standard": 20}}]
    path = vat_file(
        tmp_path,
        ES=good,
        FR=good,
        IT=[{"effective_from": "0000-01-01", "rates": {"standard": 20}, "exceptions": [{"standard": 0}]}],
        XX=good,
        DE=[{"effective_from": "2020-31-01", "rates": {"standard": 19}}],
        AT=[{"effective_from": "0000-01-01", "rates": {"standard": "many"}}],
        BE=[{"effective_from": "0000-01-01", "rates": {"reduced": 6}}],
    )
    out, problems = imported(path)
    assert out == ["vat.json: 1 rates created, 0 changed, 0 removed, 0 unchanged."]
    assert [problem.split(":")[1].strip() for problem in problems[:5]] == ["IT", "XX", "DE", "AT", "BE"]
    assert "ES: there are rates named IVA" in problems[5]
    assert problems[-1] == "6 things were left out; see above."
    assert (taxed(Place("IT")), taxed(Place("ES")), taxed(Place("FR"))) == (
        [("VAT", 220_000)],
        [("IVA", 210_000)],
        [("VAT", 200_000)],
    )
    assert imported(path, name="IVA")[0] == ["vat.json: 0 rates created, 1 changed, 0 removed, 0 unchanged."]
    assert taxed(Place("ES")) == [("IVA", 200_000)]


def test_country_keeps_the_name_of_its_one_tax_if_asked(tmp_path: Path) -> None:
    tax_category_make()
    tax_rate_make(country="ES", name="IVA", rate_ppm=180_000)
    tax_rate_make(country="FR", name="TVA", rate_ppm=180_000)
    tax_rate_make(country="FR", name="Eco tax", rate_ppm=1_000)
    good = [{"effective_from": "0000-01-01", "rates": {"standard": 20}}]
    path = vat_file(tmp_path, ES=good, FR=good, DK=good)
    out, problems = imported(path, keep_names=True)
    assert out == ["vat.json: 1 rates created, 1 changed, 0 removed, 0 unchanged."]
    assert problems[0].startswith("FR: there are rates named Eco tax, TVA")
    assert (taxed(Place("ES")), taxed(Place("DK"))) == ([("IVA", 200_000)], [("VAT", 200_000)])
    assert taxed(Place("FR")) == [("Eco tax", 1_000), ("TVA", 180_000)]
    assert imported(path, keep_names=True)[0] == ["vat.json: 0 rates created, 0 changed, 0 removed, 2 unchanged."]


def test_zip_lines_that_can_not_be_read_keep_what_was_known(tmp_path: Path) -> None:
    tax_category_make()
    path = tmp_path / "ny.csv"
    path.write_text(
        HEAD
        + 'NY,06390,"A",0.040000,0.086250,0.042500,0,0.003750,2\nNY,10001,"B",0.04,0.088750,0,0.045000,0.003750,3\n'
    )
    assert imported(path) == (["ny.csv: 5 rates created, 0 changed, 0 removed, 0 unchanged."], [])
    path.write_text(
        HEAD + "NY,06390,A,0.040000,0.082500,0.042500,0,0,2\n"
        "NY,10001,B,0.04,0.088751,0,0.045000,0.003750,3\n"
        "NY,6390,A,0.04,0.04,0,0,0,3\n"
        "NY,06390,A,0.04,0.04,0,0,0,3\n"
        "ny,10002,A,0.04,0.04,0,0,0,3\n"
        "NY,10003,A,0.05,0.05,0,0,0,3\n"
        "NY,10004,A,0.04,,0,0,0,3\n"
        "NY,10005,A,0.0400001,0.0400001,0,0,0,3\n"
    )
    out, problems = imported(path)
    assert out == ["ny.csv: 0 rates created, 0 changed, 1 removed, 4 unchanged."]
    assert [problem.partition(":")[0] for problem in problems[:-1]] == [f"ny.csv, line {line}" for line in range(3, 10)]
    assert taxed(Place("US", "NY", "06390")) == [("State tax", 40_000), ("County tax", 42_500)]
    assert taxed(Place("US", "NY", "100011234")) == [
        ("State tax", 40_000),
        ("City tax", 45_000),
        ("District tax", 3_750),
    ]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "{", '{"items": 7}', "[1]"])
def test_file_of_no_known_format_is_refused(tmp_path: Path, text: str) -> None:
    tax_category_make()
    path = tmp_path / "x.json"
    path.write_text(text)
    out, problems = imported(path)
    assert (out, len(problems)) == ([], 1)
    assert "x.json is n" in problems[0]


def test_options_that_can_not_be_meant_are_refused(tmp_path: Path) -> None:
    path = vat_file(tmp_path, DK=[{"effective_from": "0000-01-01", "rates": {"standard": 25}}])
    assert imported(path)[1] == ["There is no default tax category yet; make one, such as standard, in the admin."]
    tax_category_make()
    assert "write CODE=NAME,NAME" in imported(path, category=["books"])[1][0]
    assert imported(path, category=["books=reduced"])[1] == ["There is no tax category books; make it first."]
    assert "No such file" in imported(tmp_path / "none.json")[1][0]
    assert TaxRate.objects.count() == 0


@pytest.mark.slow
def test_the_real_files(shared_data: Path) -> None:
    tax_category_make()
    tax_category_make("books", is_default=False)
    options = {"category": ["books=super_reduced,reduced,reduced1"]}
    vat = shared_data / "eu-vat" / "vat-rates.json"
    out, problems = imported(vat, **options)
    assert (problems, " 0 unchanged" in out[0]) == ([], True)

    def standard(country: str, day: str, postal_code: str = "") -> list[int]:
        at = clock.start_of(datetime.fromisoformat(day).date())
        return [share for _, share in taxed(Place(country, "", postal_code), at)]

    assert [standard("DE", day) for day in ("2020-06-30", "2020-07-01", "2020-12-31", "2021-01-01")] == [
        [190_000],
        [160_000],
        [160_000],
        [190_000],
    ]
    for country, code, share in (
        ("ES", "35001", 0),
        ("ES", "34999", 210_000),
        ("ES", "51005", 0),
        ("ES", "51006", 210_000),
        ("DE", "78266", 0),
        ("AT", "6691", 190_000),
        ("AT", "6992", 190_000),
        ("AT", "6990", 200_000),
        ("PT", "9500321", 180_000),
        ("PT", "9000123", 220_000),
        ("FR", "97400", 85_000),
        ("FR", "97500", 200_000),
        ("IT", "23041", 0),
        ("FI", "00100", 255_000),
    ):
        assert standard(country, "2026-01-01", code) == [share], (country, code)
    assert taxed(Place("ES"), NEW, "books") == [("VAT", 40_000)]

    usa = sorted((shared_data / "us-sales-tax-a").glob("*.csv"))
    counts, problems = imported(*usa)
    assert (problems, len(counts)) == ([], 6)
    # One of the state, where it takes anything, and each part of a ZIP code that isn't zero.
    assert [line.split()[1] for line in counts] == ["5,757", "1,251", "2,873", "0", "3,661", "719"]
    assert taxed(Place("US", "NY", "06390")) == [("State tax", 40_000), ("County tax", 42_500), ("District tax", 3_750)]
    assert taxed(Place("US", "TX", "787011234")) == [
        ("State tax", 62_500),
        ("City tax", 10_000),
        ("District tax", 10_000),
    ]
    assert (taxed(Place("US", "OR", "97001")), taxed(Place("US", "WA", "10001"))) == ([], [("State tax", 65_000)])
    assert imported(usa[0])[0][0].endswith("0 rates created, 0 changed, 0 removed, 5,757 unchanged.")


def test_rates_that_overlap_each_other_are_told_in_a_sentence(tmp_path: Path) -> None:
    tax_category_make()
    exceptions = [{"postcode": "35", "standard": 7}, {"postcode": "350", "standard": 3}]
    path = vat_file(
        tmp_path,
        ES=[{"effective_from": "0000-01-01", "rates": {"standard": 21}, "exceptions": exceptions}],
    )
    with pytest.raises(CommandError, match="Two rates of one place, category and name would hold at one time"):
        call_command("import_tax_rates", path)
    assert not TaxRate.objects.exists()
