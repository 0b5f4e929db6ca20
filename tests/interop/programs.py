"""Ordinary NumPy code, written without a thought of derivatives."""

from __future__ import annotations

import numpy as np


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def logsumexp(x):
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def polynomial(x):
    return np.polyval([1.0, -2.0, 0.5, 3.0], x)


def gaussian(x, mean, width):
    return np.exp(-0.5 * ((x - mean) / width) ** 2) / (np.sqrt(2 * np.pi) * width)


def two_layers(x, w1, b1, w2):
    return np.dot(np.tanh(np.dot(x, w1) + b1), w2)


def relu_network(x, w):
    return np.maximum(0, x @ w).sum(axis=1)


def laplacian(u):
    return u[:-2, 1:-1] + u[2:, 1:-1] + u[1:-1, :-2] + u[1:-1, 2:] - 4 * u[1:-1, 1:-1]


def periodic_derivative(u):
    return (np.roll(u, -1) - np.roll(u, 1)) / (2 * 0.1)


def heat_step(u):
    new = np.zeros_like(u)
    new[1:-1] = u[1:-1] + 0.1 * np.diff(u, n=2)
    return new


def normalise(x):
    return (x - np.mean(x, axis=0)) / np.std(x, axis=0)


def least_squares(a, b):
    return np.linalg.solve(a.T @ a, a.T @ b)


def distances(points):
    difference = points[:, None, :] - points[None, :, :]
    return np.sqrt(np.sum(difference**2, axis=-1) + np.eye(len(points)))


def cosine_similarity(a, b):
    return np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))


def log_likelihood(x, mean, covariance):
    covariance = covariance @ np.transpose(covariance) + np.eye(len(mean))
    difference = x - mean
    _, logdet = np.linalg.slogdet(covariance)
    return -0.5 * (difference @ np.linalg.inv(covariance) @ difference + logdet)


def attention(q, k, v):
    weights = softmax(np.einsum("id,jd->ij", q, k) / np.sqrt(q.shape[-1]))
    return np.einsum("ij,jd->id", weights, v)


def huber(x):
    return np.mean(np.where(np.abs(x) < 1.0, 0.5 * x**2, np.abs(x) - 0.5))


def rotation(angle, points):
    matrix = np.array([[0.0, -1.0], [1.0, 0.0]])
    return np.cos(angle) * points + np.sin(angle) * (points @ matrix)


def haversine(a, b):
    lat1, lon1, lat2, lon2 = np.radians(a[0]), np.radians(a[1]), np.radians(b[0]), np.radians(b[1])
    h = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371.0 * np.arcsin(np.sqrt(h))


def pendulum(state):
    for _ in range(20):
        angle, speed = state
        state = np.stack([angle + 0.05 * speed, speed - 0.05 * np.sin(angle)])
    return state


def features(x):
    return np.concatenate([x, x**2, np.outer(x, x).ravel(), np.array([1.0])])


def trimmed_mean(x):
    return np.mean(np.sort(x)[1:-1])


def convolution(signal, kernel):
    n = len(signal) - len(kernel) + 1
    return sum(kernel[k] * signal[k : k + n] for k in range(len(kernel)))


def spiral(t):
    return np.column_stack([t * np.cos(t), t * np.sin(t)])
