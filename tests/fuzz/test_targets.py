"""Each place where bytes come in takes what is valid, and refuses mutants in words."""

from __future__ import annotations

import random

import pytest
from fuzz.targets import TARGETS

MUTANTS = 40


def mutant(content: bytes, rng: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(changed))
        length = rng.choice((1, 2, 4, 8))
        way = rng.randrange(4)
        if way == 0:
            changed[at : at + length] = rng.randbytes(length)
        elif way == 1:
            changed[at : at + length] = rng.choice((b"\0", b"\xff", b"9", b'"')) * length
        elif way == 2:
            del changed[at : at + length]
        else:
            changed[at:at] = changed[at : at + length] * rng.choice((1, 50))
        if not changed:
            break
    return bytes(changed)


@pytest.mark.parametrize("name", TARGETS)
def test_a_valid_file_is_accepted(name: str, tmp_path) -> None:
    target = TARGETS[name]
    path = tmp_path / target.name
    target.seed(path)
    target.open(path)


@pytest.mark.parametrize("name", TARGETS)
def test_mutants_are_accepted_or_refused_in_words(name: str) -> None:
    target, rng = TARGETS[name], random.Random(name)
    seed = target.seeded()
    for _ in range(MUTANTS):
        target(mutant(seed, rng))
    for content in (b"", b"\0" * 64, b"\xff" * 64, seed[: len(seed) // 2]):
        target(content)
