# SPDX-License-Identifier: MIT
"""Skiff from Python: finds objects in NumPy pictures. One file over libskiff's C interface (skiff.h), by ctypes.

    import skiff
    with skiff.Detector("model.skiff", score=0.5) as detector:
        for label, score, x_min, y_min, x_max, y_max in detector.detect(picture):  # uint8 [height, width, 3], RGB
            print(detector.labels[int(label)], score)

libskiff.so is, in this order: the argument `library`, the environment's SKIFF_LIBRARY, a file beside this one, what the loader finds. A
model is a path, its bytes, or, where none is named, the environment's SKIFF_WEIGHTS or the default model beside this file or in the
checkout that this file is part of.

A Detector may be used from any thread; calls to one wait for each other, those to several run side by side, without Python's lock. What
the library refuses is a SkiffError; a wrong type or value is a TypeError or ValueError, told before the library sees it.
"""
import ctypes
import ctypes.util
import os
import threading

import numpy as np

__all__ = ["Detector", "SkiffError", "to_pixels"]

ALIGNMENT = 64
FROM_MODEL = -2147483648
MOST_PX = 65535  # of a picture's side
MOST_THREADS = 256
MOST_BOXES = 65536  # that one call gives, where the model does not limit them
DEFAULT_MODEL = "mobilenet-ssd-half-voc.skiff"
FORMATS = {"rgb": (0, 3), "bgr": (1, 3), "rgba": (2, 4), "bgra": (3, 4), "grey": (4, 1)}  # number, channels
YUV420 = 5
RESIZES = {None: 0, "lanczos": 1, "bilinear": 2, "cv-bilinear": 3}
ORDERS = {None: 0, "rgb": 1, "bgr": 2}
BOX = np.dtype([("class_id", "i4"), ("score", "f4"), ("corners", "f4", 4)])  # skiff_box


class WeightsError(ctypes.Structure):
    """skiff_weights_error."""
    _fields_ = [("offset", ctypes.c_uint64), ("reason", ctypes.c_char_p)]


class Recipe(ctypes.Structure):
    """skiff_recipe."""
    _fields_ = [("resize", ctypes.c_int32), ("order", ctypes.c_int32), ("pixel_divisor", ctypes.c_float),
                ("mean", ctypes.c_float * 3), ("scale", ctypes.c_float * 3)]


class Config(ctypes.Structure):
    """skiff_config."""
    _fields_ = [("struct_size", ctypes.c_uint32), ("cpu_mask", ctypes.c_uint32), ("score_threshold", ctypes.c_float),
                ("nms_threshold", ctypes.c_float), ("nms_top_k", ctypes.c_int32), ("keep_top_k", ctypes.c_int32),
                ("recipe", Recipe), ("max_width_px", ctypes.c_int32), ("max_height_px", ctypes.c_int32),
                ("parallel_for", ctypes.c_void_p), ("parallel_ctx", ctypes.c_void_p), ("lanes", ctypes.c_int32),
                ("tap", ctypes.c_void_p), ("tap_ctx", ctypes.c_void_p), ("step_done", ctypes.c_void_p),
                ("step_done_ctx", ctypes.c_void_p), ("weights_error", ctypes.POINTER(WeightsError))]


class Frame(ctypes.Structure):
    """skiff_frame."""
    _fields_ = [("format", ctypes.c_int32), ("width_px", ctypes.c_int32), ("height_px", ctypes.c_int32),
                ("planes", ctypes.c_void_p * 3), ("row_strides_bytes", ctypes.c_int32 * 3),
                ("pixel_strides_bytes", ctypes.c_int32 * 3), ("is_video_range", ctypes.c_int32),
                ("rotation_degrees", ctypes.c_int32), ("is_mirrored", ctypes.c_int32), ("region_x_px", ctypes.c_int32),
                ("region_y_px", ctypes.c_int32), ("region_width_px", ctypes.c_int32), ("region_height_px", ctypes.c_int32)]


class Info(ctypes.Structure):
    """skiff_info."""
    _fields_ = [("input_width_px", ctypes.c_int32), ("input_height_px", ctypes.c_int32), ("class_count", ctypes.c_int32),
                ("background_id", ctypes.c_int32), ("prior_count", ctypes.c_int32), ("score_threshold", ctypes.c_float),
                ("nms_threshold", ctypes.c_float), ("nms_top_k", ctypes.c_int32), ("keep_top_k", ctypes.c_int32),
                ("preprocessing", Recipe), ("arena_bytes", ctypes.c_uint64), ("memory_bytes", ctypes.c_uint64),
                ("isa", ctypes.c_char_p), ("recipe", ctypes.c_char_p), ("origin", ctypes.c_char_p)]


class SkiffError(Exception):
    """What the library refused, and why. `status` is the skiff_status, 0 where it is none."""

    def __init__(self, message, status=0):
        super().__init__(message)
        self.status = status


# Parameters of the functions used: v a pointer that may be null, s a size, i an int32.
FUNCTIONS = {
    "skiff_config_default": "v", "skiff_memory_required": "vsvv", "skiff_init": "vsvvsv", "skiff_get_info": "vv", "skiff_label": "vi",
    "skiff_detect_frame": "vvviv", "skiff_preprocess_frame": "vvv", "skiff_network": "vvvv", "skiff_postprocess": "vvvviv",
    "skiff_selftest": "vv", "skiff_status_message": "i"}
POOL_FUNCTIONS = {"skiff_pool_create": "ivv", "skiff_pool_destroy": "v", "skiff_pool_status_message": "i"}
TYPES = {"v": ctypes.c_void_p, "s": ctypes.c_size_t, "i": ctypes.c_int32}
RESULTS = {"skiff_config_default": None, "skiff_label": ctypes.c_char_p, "skiff_status_message": ctypes.c_char_p,
           "skiff_pool_destroy": None, "skiff_pool_status_message": ctypes.c_char_p}


def _declare(library, functions):
    for name, parameters in functions.items():
        function = getattr(library, name)
        function.argtypes = [TYPES[letter] for letter in parameters]
        function.restype = RESULTS.get(name, ctypes.c_int32)
    return library


def _open(names):
    """The first of these libraries that there is. A name with a folder that cannot be loaded is an error."""
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError as error:
            if os.path.dirname(name):
                raise SkiffError(f"cannot load {name}: {error}") from None
    return None


def _names(stem, path=None):
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), f"lib{stem}.so")
    found = ctypes.util.find_library(stem) if path is None and not os.path.exists(beside) else None
    return [path] if path else [beside] if os.path.exists(beside) else [name for name in (f"lib{stem}.so", found) if name]


def _load(path):
    path = os.fspath(path) if path is not None else os.environ.get("SKIFF_LIBRARY")
    library = _open(_names("skiff", os.path.abspath(path) if path else None))
    if library is None:
        raise SkiffError("no libskiff.so beside skiff.py or where the loader looks: name it in SKIFF_LIBRARY or by library=")
    try:
        return _declare(library, FUNCTIONS)
    except AttributeError as error:
        raise SkiffError(f"{library._name} is not the libskiff.so that skiff.py is for: {error}") from None


def _load_pool(library):
    """The library with the threads: libskiff.so itself, libskiff_pool.so in its folder, or what the loader finds."""
    beside = os.path.join(os.path.dirname(library._name), "libskiff_pool.so")
    pool = library if hasattr(library, "skiff_pool_create") else _open(_names("skiff_pool", beside if os.path.exists(beside) else None))
    if pool is None or not hasattr(pool, "skiff_pool_create"):
        raise SkiffError("no libskiff_pool.so beside libskiff.so or where the loader looks: threads must be 1 without it")
    return _declare(pool, POOL_FUNCTIONS)


def _integer(name, value, low, high):
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise TypeError(f"{name} is a whole number, not {value!r}")
    if not low <= value <= high:
        raise ValueError(f"{name} is from {low} to {high}, not {value}")
    return int(value)


def _choice(name, value, choices):
    if not (value is None or isinstance(value, str)) or value not in choices:
        raise ValueError(f"{name} is one of {', '.join(str(choice) for choice in choices)}, not {value!r}")
    return choices[value]


def _fraction(name, value):
    number = float(value)
    if not 0.0 <= number <= 1.0:
        raise ValueError(f"{name} is from 0 to 1, not {value}")
    return number


def _aligned(size):
    block = np.empty(size + ALIGNMENT, dtype=np.uint8)
    start = -block.ctypes.data % ALIGNMENT
    return block[start:start + size]


def _model_path():
    here = os.path.dirname(os.path.abspath(__file__))
    places = [os.path.join(here, DEFAULT_MODEL), os.path.join(here, "..", "..", "..", "weights", DEFAULT_MODEL)]
    path = os.environ.get("SKIFF_WEIGHTS") or next((place for place in places if os.path.exists(place)), None)
    if path is None:
        raise SkiffError(f"no model: give a path or bytes, or put {DEFAULT_MODEL} beside skiff.py or its path into SKIFF_WEIGHTS")
    return path


def _read_weights(weights):
    """(name for messages, the bytes, aligned, how many)."""
    if isinstance(weights, (bytes, bytearray, memoryview, np.ndarray)):
        given = np.frombuffer(weights, dtype=np.uint8)
        name = "weights"
    else:
        name = os.fspath(weights) if weights is not None else _model_path()
        given = np.fromfile(name, dtype=np.uint8)
    out = _aligned(given.size + 1)  # NumPy has no address for nothing
    out[:given.size] = given
    return name, out, given.size


def _bytes_array(name, array, *shapes):
    """Checks an array of pixels: its type, and that its shape is one of `shapes`, in which None is any size."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{name} is a NumPy array, not {type(array).__name__}")
    if array.dtype != np.uint8:
        raise TypeError(f"{name} has values of type uint8, not {array.dtype}")
    if not any(len(shape) == array.ndim and all(n in (None, m) for n, m in zip(shape, array.shape)) for shape in shapes):
        wanted = " or ".join("x".join("N" if n is None else str(n) for n in shape) for shape in shapes)
        raise ValueError(f"{name} is {wanted}, not {'x'.join(map(str, array.shape))}")
    for size in array.shape[:2]:
        _integer(f"a side of {name}", size, 1, MOST_PX)
    return array


def _view(frame, rotation, mirror, region):
    frame.rotation_degrees = _integer("rotation", rotation, -1 << 31, (1 << 31) - 1)
    frame.is_mirrored = int(bool(mirror))
    if region is not None:
        frame.region_x_px, frame.region_y_px, frame.region_width_px, frame.region_height_px = (
            _integer("region", value, 0, MOST_PX) for value in region)
        if 0 in (frame.region_width_px, frame.region_height_px):
            raise ValueError("a region has a width and a height above 0")
    return frame


def _plane(plane, value_bytes):
    """(the plane, a copy where its strides are none for skiff_frame, distance of rows, of values)."""
    rows, columns = plane.shape[:2]
    row, value = plane.strides[:2]
    value = value if columns > 1 else value_bytes  # NumPy gives an axis of length 1 any stride
    least = (columns - 1) * value + value_bytes
    row = row if rows > 1 else least
    is_usable = value >= value_bytes and least <= row < 1 << 31
    return (plane, row, value) if is_usable else (np.ascontiguousarray(plane), columns * value_bytes, value_bytes)


def _packed_frame(image, format, rotation, mirror, region):
    """(the frame, what must live as long)."""
    number, channels = _choice("format", format, FORMATS)
    shapes = [(None, None, channels)] if channels > 1 else [(None, None), (None, None, 1)]
    _bytes_array("image", image, *shapes)
    height, width = image.shape[:2]
    pixels, row, value = _plane(image, channels)
    if value != channels or image.ndim == 3 and channels > 1 and image.strides[2] != 1:
        pixels, row = np.ascontiguousarray(image), width * channels
    frame = Frame(format=number, width_px=width, height_px=height)
    frame.planes[0], frame.row_strides_bytes[0] = pixels.ctypes.data, row
    return _view(frame, rotation, mirror, region), pixels


def _yuv_frame(y, u, v, video_range, rotation, mirror, region):
    """(the frame, what must live as long)."""
    height, width = _bytes_array("y", y, (None, None)).shape
    half = ((height + 1) // 2, (width + 1) // 2)
    for name, plane in (("u", u), ("v", v)):
        _bytes_array(name, plane, half)
    frame = Frame(format=YUV420, width_px=width, height_px=height, is_video_range=int(bool(video_range)))
    kept = []
    for i, plane in enumerate((y, u, v)):
        plane, frame.row_strides_bytes[i], frame.pixel_strides_bytes[i] = _plane(plane, 1)
        frame.planes[i] = plane.ctypes.data
        kept.append(plane)
    return _view(frame, rotation, mirror, region), kept


def to_pixels(rows, width, height):
    """Rows of detections with corners in pixels of a picture of this size, clipped to it."""
    rows = np.array(rows, dtype=np.float32).reshape(-1, 6)
    rows[:, 2:] = np.clip(rows[:, 2:], 0, 1) * np.array([width, height, width, height], dtype=np.float32)
    return rows


class Detector:
    """An engine and its model. Detections are rows of float32 [n, 6]: class, score, x_min, y_min, x_max, y_max; corners are fractions of
    the picture as it lies in memory, not clipped (to_pixels does that); order is Paddle's: class ascending, score descending.

    score, nms, nms_top_k, keep_top_k: as skiff_config has them; None = as the model says.
    mean, std: of values in 0..1, in the network's order of channels, three each or one for all; order ("rgb", "bgr"): of the network's
    channels; resize ("lanczos", "bilinear", "cv-bilinear"). None = as the model says, which is right unless you trained it otherwise.
    max_size: (width, height) of the largest picture or region. cpu_mask: instruction sets, SKIFF_CPU_*; None = all.
    """

    def __init__(self, weights=None, threads=1, score=None, *, nms=None, nms_top_k=None, keep_top_k=None, mean=None, std=None,
                 order=None, resize=None, max_size=(4096, 4096), cpu_mask=None, library=None):
        self._engine = self._pool = self._pool_library = None
        self._lock = threading.Lock()
        self._library = _load(library)
        self._error = WeightsError()
        config = Config()
        self._library.skiff_config_default(ctypes.byref(config))
        if config.struct_size != ctypes.sizeof(Config):
            raise SkiffError(f"{self._library._name} and skiff.py are of different versions")
        for name, value in (("score", score), ("nms", nms)):
            if value is not None:
                setattr(config, name + "_threshold", _fraction(name, value))
        for name, value in (("nms_top_k", nms_top_k), ("keep_top_k", keep_top_k)):
            if value is not None:
                setattr(config, name, _integer(name, value, -1, (1 << 31) - 1))
        config.max_width_px, config.max_height_px = (_integer("max_size", side, 1, MOST_PX) for side in max_size)
        if cpu_mask is not None:
            config.cpu_mask = _integer("cpu_mask", cpu_mask, 0, (1 << 32) - 1)
        config.recipe.order, config.recipe.resize = _choice("order", order, ORDERS), _choice("resize", resize, RESIZES)
        self._set_values(config.recipe, mean, std)
        config.weights_error = ctypes.pointer(self._error)
        threads = _integer("threads", threads, 1, MOST_THREADS)
        name, self._weights, weights_bytes = _read_weights(weights)
        try:
            self._start_threads(config, threads)
            self._init(name, weights_bytes, config)
        except BaseException:
            self.close()
            raise

    @staticmethod
    def _set_values(recipe, mean, std):
        if (mean is None) != (std is None):
            raise ValueError("mean and std belong together: give both or neither")
        if mean is None:
            return
        mean, std = (np.broadcast_to(np.asarray(values, dtype=np.float32), 3) for values in (mean, std))
        if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std > 0).all()):
            raise ValueError("mean and std are finite numbers, std above 0")
        recipe.pixel_divisor, recipe.mean, recipe.scale = 255.0, tuple(mean), tuple(np.float32(1) / std)

    def _start_threads(self, config, threads):
        if threads == 1:
            return
        self._pool_library = _load_pool(self._library)
        pool = ctypes.c_void_p()
        status = self._pool_library.skiff_pool_create(threads, None, ctypes.byref(pool))
        if status != 0:
            raise SkiffError(f"cannot start {threads} threads: {self._pool_library.skiff_pool_status_message(status).decode()}")
        self._pool = pool
        config.parallel_for = ctypes.cast(self._pool_library.skiff_pool_parallel_for, ctypes.c_void_p).value
        config.parallel_ctx, config.lanes = pool.value, threads

    def _init(self, name, weights_bytes, config):
        size, engine = ctypes.c_size_t(), ctypes.c_void_p()
        model = self._weights.ctypes.data, weights_bytes, ctypes.byref(config)
        self._check(self._library.skiff_memory_required(*model, ctypes.byref(size)), name)
        self._memory = _aligned(size.value)
        self._check(self._library.skiff_init(*model, self._memory.ctypes.data, size.value, ctypes.byref(engine)), name)
        self._engine = engine
        info = Info()
        self._check(self._library.skiff_get_info(engine, ctypes.byref(info)), "info")
        self.info = {name: getattr(info, name) for name, kind in Info._fields_ if kind is not Recipe}
        self.info.update((name, self.info[name].decode()) for name in ("isa", "recipe", "origin"))
        self.labels = [self._library.skiff_label(engine, i).decode() for i in range(info.class_count)]
        most = info.class_count * (info.nms_top_k if info.nms_top_k >= 0 else info.prior_count)
        self._boxes = np.empty(min(info.keep_top_k if info.keep_top_k >= 0 else most, MOST_BOXES), dtype=BOX)

    def _check(self, status, what):
        if status == 0:
            return
        message = f"{what}: {self._library.skiff_status_message(status).decode()}"
        if 5 <= status <= 10 and self._error.reason:  # SKIFF_ERR_WEIGHTS_*
            message += f" (byte {self._error.offset}: {self._error.reason.decode()})"
        raise SkiffError(message, status)

    def _call(self, name, what, *arguments):
        """Calls a function on the engine. The caller holds the lock."""
        if self._engine is None:
            raise SkiffError("the detector is closed")
        self._check(getattr(self._library, name)(self._engine, *arguments), what)

    def _rows(self, name, what, *arguments):
        count = ctypes.c_int32()
        with self._lock:
            self._call(name, what, *arguments, self._boxes.ctypes.data if self._boxes.size else None, self._boxes.size, ctypes.byref(count))
            boxes = self._boxes[:count.value]
            return np.column_stack([boxes["class_id"].astype(np.float32), boxes["score"], boxes["corners"]])

    def _floats(self, name, array, *shape):
        if not isinstance(array, np.ndarray) or array.dtype != np.float32 or array.shape != shape:
            found = f"{array.dtype} {list(array.shape)}" if isinstance(array, np.ndarray) else type(array).__name__
            raise ValueError(f"{name} is a NumPy array of float32 {list(shape)}, not {found}")
        return np.require(array, requirements=["C", "A"])

    def _input_shape(self):
        return self.info["input_height_px"], self.info["input_width_px"], 3

    def _output_shapes(self):
        return (self.info["prior_count"], 4), (self.info["prior_count"], self.info["class_count"])

    def _preprocess(self, frame):
        tensor = np.empty(self._input_shape(), dtype=np.float32)
        with self._lock:
            self._call("skiff_preprocess_frame", "image", ctypes.byref(frame), tensor.ctypes.data)
        return tensor

    def detect(self, image, format="rgb", *, rotation=0, mirror=False, region=None):
        """Finds objects in uint8 [height, width, 3] (format "rgb", "bgr"), [.., 4] ("rgba", "bgra") or [height, width] ("grey"). Rows may
        have any distance; what else lies scattered is copied. rotation: clockwise degrees that make the picture upright; mirror: then left
        and right change places; region: (x, y, width, height) to look at."""
        frame, _kept = _packed_frame(image, format, rotation, mirror, region)
        return self._rows("skiff_detect_frame", "image", ctypes.byref(frame))

    def detect_yuv(self, y, u, v, *, video_range=False, rotation=0, mirror=False, region=None):
        """The same on 4:2:0 planes: y uint8 [height, width], u and v [(height + 1) // 2, (width + 1) // 2], views of NV12 or NV21 among
        them. Colours are BT.601, in full range or that of video."""
        frame, _kept = _yuv_frame(y, u, v, video_range, rotation, mirror, region)
        return self._rows("skiff_detect_frame", "frame", ctypes.byref(frame))

    def preprocess(self, image, format="rgb", *, rotation=0, mirror=False, region=None):
        """First stage alone: the network's input, float32 [input height, input width, 3]."""
        frame, _kept = _packed_frame(image, format, rotation, mirror, region)
        return self._preprocess(frame)

    def preprocess_yuv(self, y, u, v, *, video_range=False, rotation=0, mirror=False, region=None):
        frame, _kept = _yuv_frame(y, u, v, video_range, rotation, mirror, region)
        return self._preprocess(frame)

    def network(self, tensor):
        """Second stage alone: input tensor to (box offsets float32 [priors, 4], class logits float32 [priors, classes])."""
        tensor = self._floats("tensor", tensor, *self._input_shape())
        loc, conf = (np.empty(shape, dtype=np.float32) for shape in self._output_shapes())
        with self._lock:
            self._call("skiff_network", "tensor", tensor.ctypes.data, loc.ctypes.data, conf.ctypes.data)
        return loc, conf

    def postprocess(self, loc, conf):
        """Last stage alone: what network() gives to rows."""
        loc, conf = (self._floats(name, array, *shape) for name, array, shape in zip(("loc", "conf"), (loc, conf), self._output_shapes()))
        return self._rows("skiff_postprocess", "loc and conf", loc.ctypes.data, conf.ctypes.data)

    def selftest(self):
        """Replays the model's golden tensors; returns the largest error. SkiffError where it is too large."""
        error = ctypes.c_float()
        with self._lock:
            self._call("skiff_selftest", "selftest", ctypes.byref(error))
        return error.value

    def close(self):
        """Gives the memory back and ends the threads. A second time does nothing."""
        with self._lock:
            self._engine = self._memory = self._weights = None
            if self._pool is not None:
                self._pool_library.skiff_pool_destroy(self._pool)
                self._pool = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __del__(self):
        if getattr(self, "_lock", None) is not None:
            self.close()
