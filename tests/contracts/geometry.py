"""Grids in every orientation, and what SimpleITK says of them."""

from __future__ import annotations

from itertools import permutations, product

import numpy as np

ORIENTATIONS = list(product(permutations(range(3)), product((1, -1), repeat=3)))


def rotation(degrees=(7.0, -11.0, 17.0)):
    matrix = np.eye(3)
    for axis, angle in enumerate(np.radians(degrees)):
        turn = np.eye(3)
        a, b = (i for i in range(3) if i != axis)
        turn[a, a] = turn[b, b] = np.cos(angle)
        turn[a, b], turn[b, a] = -np.sin(angle), np.sin(angle)
        matrix = matrix @ turn
    return matrix


GEOMETRIES = {
    "isotropic": np.eye(3),
    "anisotropic": np.diag([0.9, 0.8, 5.5]),
    "oblique": rotation() @ np.diag([0.9, 0.8, 5.5]),
    "sheared": np.array([[1, 0, 0], [0, 1, 0.3], [0, 0, 1]]) @ np.diag([0.9, 0.8, 5.5]),
}


def oriented(order, signs, geometry):
    affine = np.eye(4)
    affine[:3, :3] = geometry @ np.eye(3)[:, order] @ np.diag(signs)
    affine[:3, 3] = (-31.5, 17.25, 200.125)
    return affine


def itk_affine(image):
    """Affine in RAS+ mm, by SimpleITK's account."""
    affine = np.eye(4)
    direction = np.reshape(image.GetDirection(), (3, 3))
    affine[:3, :3] = direction @ np.diag(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
