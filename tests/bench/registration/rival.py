"""SIFT + ratio test + RANSAC, one thread: what most programs do. Reads pairs.json, prints one JSON line a pair."""

import json
import sys
import time

import cv2
import numpy as np

cv2.setNumThreads(1)
MODEL = {
    "similarity": lambda p, q: cv2.estimateAffinePartial2D(p, q, method=cv2.RANSAC, ransacReprojThreshold=3.0),
    "affine": lambda p, q: cv2.estimateAffine2D(p, q, method=cv2.RANSAC, ransacReprojThreshold=3.0),
    "homography": lambda p, q: cv2.findHomography(p, q, cv2.RANSAC, 3.0),
}
# Inliers from which on the usual recipe trusts its answer.
TRUSTED = 15


def load(path):
    grey = cv2.imread(path, cv2.IMREAD_GRAYSCALE)
    scale = min(1.0, 1024.0 / max(grey.shape))
    return cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey


for pair in json.load(open(sys.argv[1])):
    a, b = load(pair["moving"]), load(pair["fixed"])
    start = time.process_time()
    sift = cv2.SIFT_create(4000)
    (ka, da), (kb, db) = sift.detectAndCompute(a, None), sift.detectAndCompute(b, None)
    matrix, inliers = None, 0
    if da is not None and db is not None and len(kb) > 1:
        matches = cv2.BFMatcher().knnMatch(da, db, k=2)
        good = [m for m, n in matches if m.distance < 0.75 * n.distance]
        if len(good) >= 4:
            p = np.float32([ka[m.queryIdx].pt for m in good])
            q = np.float32([kb[m.trainIdx].pt for m in good])
            matrix, mask = MODEL[pair["model"]](p, q)
            inliers = int(mask.sum()) if mask is not None else 0
    cpu = 1000.0 * (time.process_time() - start)
    if matrix is not None:
        matrix = (matrix if matrix.shape == (3, 3) else np.vstack([matrix, [0, 0, 1]])).ravel().tolist()
    print(json.dumps({"matrix": matrix, "aligned": inliers >= TRUSTED, "ms": cpu}), flush=True)
