"""Which model is taken for what: by numbers that were measured, never by guesses."""

from __future__ import annotations

import pytest

from napari_brainseg.choice.costs import Cost
from napari_brainseg.choice.wishes import (
    TYPICAL_SLICES,
    Candidate,
    NoChoice,
    Wish,
    choose,
    must_be_measured,
    parse_limit,
    uses,
)
from napari_brainseg.errors import BrainsegError
from napari_brainseg.models.quality import Interval, Quality

MB = 1_000_000


def quality(dice: float, nsd: float, hd95: float, fold: int = 1) -> Quality:
    def around(mean: float) -> Interval:
        return Interval(mean=mean, low=mean * 0.9, high=mean * 1.1)

    return Quality(
        of="model",
        patients=16,
        folds=(fold,),
        of_folds=5,
        dice=around(dice),
        nsd=around(nsd),
        hd95=around(hd95),
        unit="mm",
        tolerance=2.0,
        command="brainseg-train evaluate",
    )


def cost(scan: float, processor: float | None = None, joules: float | None = None) -> Cost:
    """Make what a scan of the typical length takes."""
    return Cost(TYPICAL_SLICES, scan + 5.0, 5.0, processor, joules)


PAIR = Candidate("pair", "Pair", 23 * MB, quality(0.88, 0.93, 6.0), cost(2.0, 4.0))
UNET = Candidate("unet", "U-Net", 12 * MB, quality(0.86, 0.95, 5.0), cost(1.0, 2.0))
FPN = Candidate("fpn", "FPN", 10 * MB, quality(0.85, 0.95, 4.0), cost(0.9, 2.5))
PSPNET = Candidate("pspnet", "PSPNet", 8 * MB, quality(0.80, 0.85, 9.0), cost(0.4, 0.8))
ALL = (PAIR, UNET, FPN, PSPNET)
NEW = Candidate("new", "New", 5 * MB)


@pytest.mark.parametrize(
    ("wishes", "limits", "name"),
    [
        ([], [], "pair"),
        ([Wish.BEST], [], "pair"),
        ([Wish.FASTEST], [], "pspnet"),
        ([Wish.SMALLEST], [], "pspnet"),
        ([Wish.BATTERY], [], "pspnet"),
        # The same surface Dice: the smaller distance decides.
        ([Wish.EDGES], [], "fpn"),
        ([], ["1.5s"], "unet"),
        ([Wish.BEST], ["950ms"], "fpn"),
        ([Wish.BEST], ["15 MB", "0.5 s"], "pspnet"),
        ([Wish.EDGES], ["1min", "11MB"], "fpn"),
        # Places: 0 + 2, 1 + 1, 2 + 0, 3 + 3; the first of equals.
        ([Wish.BEST, Wish.EDGES], [], "pair"),
    ],
)
def test_the_model_that_meets_wishes_and_limits(
    wishes: list[Wish], limits: list[str], name: str
) -> None:
    choice = choose(ALL, wishes, [parse_limit(text) for text in limits])
    assert choice.candidate.name == name
    assert choice.notes == ()
    assert all(text in choice.why for text in limits)


def test_what_was_not_measured_is_named_and_never_chosen_by_it() -> None:
    choice = choose((NEW, PAIR, UNET), [Wish.FASTEST])
    assert choice.candidate is UNET
    assert choice.why == "the fastest of 2 models"
    (note,) = choice.notes
    assert note.startswith("Not measured on this machine yet")
    assert note.endswith(": new.")
    (note,) = choose((NEW, PAIR), [Wish.BEST]).notes
    assert note == "Not measured on patients kept aside: new."
    assert choose((NEW, PAIR), [Wish.SMALLEST]).candidate is NEW
    with pytest.raises(NoChoice, match="Not measured on this machine yet"):
        choose([NEW], [Wish.BATTERY])
    assert must_be_measured((NEW, PAIR), [Wish.BEST], [parse_limit("1s")]) == ("new",)
    assert must_be_measured((NEW, PAIR), [Wish.BEST], [parse_limit("1MB")]) == ()


def test_where_nothing_fits_the_nearest_is_named() -> None:
    with pytest.raises(NoChoice, match=r"under 100ms \(the least is 0\.4 s, pspnet\)"):
        choose(ALL, [], [parse_limit("100ms")])
    with pytest.raises(NoChoice, match=r"under 1 MB \(the least is 8\.0 MB, pspnet\)"):
        choose(ALL, [Wish.BEST], [parse_limit("1 MB")])
    with pytest.raises(NoChoice, match="No model was found"):
        choose([])


def test_energy_decides_on_a_battery_only_where_it_is_known_of_all() -> None:
    hot = Candidate("hot", "Hot", MB, None, cost(1.0, processor=1.0, joules=90.0))
    cool = Candidate("cool", "Cool", MB, None, cost(1.0, processor=2.0, joules=20.0))
    untold = Candidate("untold", "Untold", MB, None, cost(1.0, processor=0.5))
    assert choose((hot, cool), [Wish.BATTERY]).candidate is cool
    assert choose((hot, cool, untold), [Wish.BATTERY]).candidate is untold
    limited = choose((hot, cool, untold), [Wish.SMALLEST], [parse_limit("50J")])
    assert limited.candidate is cool
    assert limited.notes == ("This machine does not tell the energy of: untold.",)


def test_numbers_of_different_patients_are_told_apart() -> None:
    other = Candidate("other", "Other", MB, quality(0.95, 0.9, 5.0, fold=2))
    (note,) = choose((PAIR, other), [Wish.BEST]).notes
    assert note == (
        "They were not measured on the same patients: 16 patients kept aside (fold 1 of 5); "
        "16 patients kept aside (fold 2 of 5)."
    )
    assert choose((PAIR, other), [Wish.SMALLEST]).notes == ()


def test_each_model_is_told_what_it_is_for() -> None:
    found = uses((*ALL, NEW))
    assert found["pair"] == (Wish.BEST,)
    assert found["fpn"] == (Wish.EDGES,)
    assert found["pspnet"] == (Wish.FASTEST, Wish.BATTERY)
    assert found["new"] == (Wish.SMALLEST,)
    assert found["unet"] == ()
    assert uses([PAIR]) == {"pair": ()}


@pytest.mark.parametrize(
    ("text", "of", "most"),
    [
        ("1s", "time", 1.0),
        (" 500 ms ", "time", 0.5),
        ("0,5S", "time", 0.5),
        ("2min", "time", 120.0),
        ("20MB", "size", 20e6),
        ("800kb", "size", 8e5),
        ("15 J", "energy", 15.0),
    ],
)
def test_limits_are_numbers_with_a_unit(text: str, of: str, most: float) -> None:
    limit = parse_limit(text)
    assert (limit.of, limit.most) == (of, most)


@pytest.mark.parametrize("text", ["", "1", "fast", "-1s", "0s", "1e3s", "5 GHz", "1s 2s", "9" * 99])
def test_what_is_no_limit_is_told_with_examples(text: str) -> None:
    with pytest.raises(BrainsegError, match="as in 1s, 500ms, 20MB or 15J"):
        parse_limit(text)
