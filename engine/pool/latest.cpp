// SPDX-License-Identifier: MIT
//
// The newest frame. There are two buffers: the detecting thread owns one while it is at work, the other is where frames wait, and
// the thread changes them over when it takes the next. A frame is copied under the lock, so a thread that has just finished waits
// for the copy and then gets it: the newest, at the price of that copy.
//
// Tried and rejected: a third buffer to copy into without the lock. It is a frame's memory more, and what it saves, a wait for a
// copy now and then, is a tenth of a millisecond.
#include "engine/pool/latest.h"

#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "engine/frame_check.h"

namespace skiff {
namespace {

constexpr size_t kAlignment = 64;
constexpr int32_t kDefaultMaxBoxes = 256, kMostBoxes = 1000000;
constexpr uint64_t kPlaneSlack = 3 * kAlignment;
constexpr uint64_t kDefaultFrameBytes = uint64_t(1920) * 1080 * 4 + kPlaneSlack;
constexpr uint64_t kMostFrameBytes = uint64_t(1) << 30;  // no stride of a copy leaves its 31 bits

// Rows of one plane to copy: of `row_values` values that lie `step` bytes apart.
struct PlaneCopy {
  const uint8_t *in;
  int64_t in_stride, step;
  uint64_t row_values, rows;
  uint64_t offset;  // in the buffer
};

struct FrameCopy {
  PlaneCopy planes[3];
  int32_t count;
  uint64_t bytes;
  bool has_pairs;  // the second plane is U and V in turn, as they lay
};

// A frame and what is known about it.
struct Slot {
  uint8_t *bytes;
  skiff_frame frame;
  uint64_t id;
  int64_t timestamp;
};

}  // namespace
}  // namespace skiff

using namespace skiff;

struct skiff_latest {
  skiff_latest_options options;
  skiff_box *boxes;  // [options.max_boxes]
  pthread_t thread;

  pthread_mutex_t lock;  // of all that follows, but for the slot that is being detected
  pthread_cond_t has_news;
  skiff_latest_counts counts;
  Slot slots[2];
  int32_t busy;  // slot that the thread owns; frames wait in the other
  bool is_waiting, is_ending;
  skiff_latest_end end;
};

namespace skiff {
namespace {

void add_plane(const uint8_t *in, int64_t in_stride, int64_t step, uint64_t row_values, uint64_t rows, FrameCopy *copy) {
  copy->planes[copy->count++] = {in, in_stride, step, row_values, rows, copy->bytes};
  // What no buffer holds stays too much: a product that could wrap is not made.
  const bool is_huge = rows > kMostFrameBytes / row_values || copy->bytes > kMostFrameBytes;
  copy->bytes = is_huge ? UINT64_MAX : copy->bytes + (row_values * rows + kAlignment - 1) / kAlignment * kAlignment;
}

// U and V as NV12 and NV21 have them.
bool are_paired(const skiff_frame &f) {
  const intptr_t apart = intptr_t(f.planes[1]) - intptr_t(f.planes[2]);
  return (apart == 1 || apart == -1) && f.pixel_strides_bytes[1] == 2 && f.pixel_strides_bytes[2] == 2 &&
         f.row_strides_bytes[1] == f.row_strides_bytes[2];
}

// What to copy of a valid frame: rows without the gaps between them, values without the gaps between them.
FrameCopy plan_copy(const skiff_frame &f) {
  FrameCopy copy = {};
  const uint64_t width = uint64_t(f.width_px), height = uint64_t(f.height_px);
  if (f.format != SKIFF_PIXEL_YUV420) {
    add_plane(f.planes[0], f.row_strides_bytes[0], 1, width * uint64_t(pixel_bytes(f.format)), height, &copy);
    return copy;
  }
  const uint64_t chroma_width = (width + 1) / 2, chroma_height = (height + 1) / 2;
  add_plane(f.planes[0], f.row_strides_bytes[0], f.pixel_strides_bytes[0], width, height, &copy);
  copy.has_pairs = are_paired(f);
  if (copy.has_pairs) {
    const uint8_t *first = f.planes[1] < f.planes[2] ? f.planes[1] : f.planes[2];
    add_plane(first, f.row_strides_bytes[1], 1, 2 * chroma_width, chroma_height, &copy);
    return copy;
  }
  for (int i = 1; i < 3; ++i)
    add_plane(f.planes[i], f.row_strides_bytes[i], f.pixel_strides_bytes[i], chroma_width, chroma_height, &copy);
  return copy;
}

void copy_plane(const PlaneCopy &plane, uint8_t *out) {
  for (uint64_t row = 0; row < plane.rows; ++row, out += plane.row_values) {
    const uint8_t *in = plane.in + int64_t(row) * plane.in_stride;
    if (plane.step == 1) {
      memcpy(out, in, plane.row_values);
      continue;
    }
    for (uint64_t i = 0; i < plane.row_values; ++i) out[i] = in[int64_t(i) * plane.step];
  }
}

// The frame's pixels in `bytes`, and the frame that has them there.
skiff_frame copy_frame(const skiff_frame &frame, const FrameCopy &copy, uint8_t *bytes) {
  skiff_frame out = frame;
  for (int32_t i = 0; i < copy.count; ++i) {
    copy_plane(copy.planes[i], bytes + copy.planes[i].offset);
    out.planes[i] = bytes + copy.planes[i].offset;
    out.row_strides_bytes[i] = int32_t(copy.planes[i].row_values);
    out.pixel_strides_bytes[i] = 1;
  }
  if (!copy.has_pairs) return out;
  const bool is_u_first = frame.planes[1] < frame.planes[2];
  const uint8_t *first = out.planes[1];
  for (int i = 1; i < 3; ++i) {
    out.planes[i] = first + ((i == 1) == is_u_first ? 0 : 1);
    out.row_strides_bytes[i] = int32_t(copy.planes[1].row_values);
    out.pixel_strides_bytes[i] = 2;
  }
  return out;
}

skiff_status detect_frame(void *, skiff_engine *engine, const skiff_frame *frame, skiff_box *boxes, int32_t capacity,
                          int32_t *count) {
  return skiff_detect_frame(engine, frame, boxes, capacity, count);
}

// Detects the frame in the slot that the thread owns. Without the lock.
skiff_latest_result detect(const skiff_latest &latest) {
  const skiff_latest_options &options = latest.options;
  const Slot &slot = latest.slots[latest.busy];
  skiff_latest_result result = {};
  result.id = slot.id;
  result.timestamp = slot.timestamp;
  result.frame = &slot.frame;
  result.boxes = latest.boxes;
  int32_t found = 0;
  result.status = options.detect(options.ctx, options.engine, &slot.frame, latest.boxes, options.max_boxes, &found);
  if (result.status == SKIFF_OK) {
    result.found = found;
    result.box_count = found < options.max_boxes ? found : options.max_boxes;
  }
  return result;
}

// Waits for a frame and makes its slot the thread's. False where there is nothing more to do. Under the lock.
bool take_frame(skiff_latest *latest) {
  while (!latest->is_waiting && !latest->is_ending) pthread_cond_wait(&latest->has_news, &latest->lock);
  if (!latest->is_waiting || (latest->is_ending && latest->end == SKIFF_LATEST_ABANDON)) return false;
  latest->is_waiting = false;
  latest->busy = 1 - latest->busy;
  return true;
}

// Takes the frame that was detected off the books: told, or given up meanwhile. Under the lock.
bool count_result(const skiff_latest_result &result, skiff_latest *latest) {
  skiff_latest_counts &counts = latest->counts;
  --counts.pending;
  const bool is_told = !latest->is_ending || latest->end == SKIFF_LATEST_FINISH;
  ++(is_told ? counts.detected : counts.dropped);
  if (is_told && result.status != SKIFF_OK) ++counts.failed;
  return is_told;
}

void *run_thread(void *arg) {
  skiff_latest *latest = static_cast<skiff_latest *>(arg);
  const skiff_latest_options &options = latest->options;
  prctl(PR_SET_NAME, "skiff-latest");
  if (options.on_start != nullptr) options.on_start(options.ctx);
  pthread_mutex_lock(&latest->lock);
  while (take_frame(latest)) {
    pthread_mutex_unlock(&latest->lock);
    const skiff_latest_result result = detect(*latest);
    pthread_mutex_lock(&latest->lock);
    if (!count_result(result, latest)) break;
    pthread_mutex_unlock(&latest->lock);
    options.on_result(options.ctx, &result);
    pthread_mutex_lock(&latest->lock);
  }
  pthread_mutex_unlock(&latest->lock);
  if (options.on_end != nullptr) options.on_end(options.ctx);
  return nullptr;
}

void free_latest(skiff_latest *latest) {
  if (latest == nullptr) return;
  for (const Slot &slot : latest->slots) free(slot.bytes);
  free(latest);
}

void *allocate(size_t bytes) {
  void *memory = nullptr;
  return posix_memalign(&memory, kAlignment, bytes) == 0 ? memory : nullptr;
}

// Null where there is not enough memory.
skiff_latest *allocate_latest(const skiff_latest_options &options) {
  const size_t bytes = sizeof(skiff_latest) + size_t(options.max_boxes) * sizeof(skiff_box);
  skiff_latest *latest = static_cast<skiff_latest *>(allocate(bytes));
  if (latest == nullptr) return nullptr;
  memset(latest, 0, bytes);
  latest->options = options;
  latest->boxes = reinterpret_cast<skiff_box *>(latest + 1);
  if (options.detect == nullptr) latest->options.detect = detect_frame;
  bool is_complete = true;
  for (Slot &slot : latest->slots) {
    slot.bytes = static_cast<uint8_t *>(allocate(options.max_frame_bytes));
    is_complete = is_complete && slot.bytes != nullptr;
  }
  if (is_complete) return latest;
  free_latest(latest);
  return nullptr;
}

// With every signal blocked: signals are the application's.
bool start_thread(skiff_latest *latest) {
  sigset_t all, before;
  sigfillset(&all);
  if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
  const bool is_started = pthread_create(&latest->thread, nullptr, run_thread, latest) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return is_started;
}

skiff_latest_status check_options(const skiff_latest_options &o) {
  if (o.struct_size != sizeof o) return SKIFF_LATEST_ERR_STRUCT_SIZE;
  const bool is_valid = (o.engine != nullptr || o.detect != nullptr) && o.on_result != nullptr && o.max_boxes >= 1 &&
                        o.max_boxes <= kMostBoxes && o.max_frame_bytes >= 1 && o.max_frame_bytes <= kMostFrameBytes;
  return is_valid ? SKIFF_LATEST_OK : SKIFF_LATEST_ERR_ARGUMENT;
}

}  // namespace
}  // namespace skiff

void skiff_latest_options_default(skiff_latest_options *options) {
  if (options == nullptr) return;
  memset(options, 0, sizeof *options);
  options->struct_size = sizeof *options;
  options->max_boxes = kDefaultMaxBoxes;
  options->max_frame_bytes = size_t(kDefaultFrameBytes);
}

skiff_latest_status skiff_latest_open(const skiff_latest_options *options, skiff_latest **out) {
  if (options == nullptr || out == nullptr) return SKIFF_LATEST_ERR_ARGUMENT;
  const skiff_latest_status status = check_options(*options);
  if (status != SKIFF_LATEST_OK) return status;
  skiff_latest *latest = allocate_latest(*options);
  if (latest == nullptr) return SKIFF_LATEST_ERR_MEMORY;
  pthread_mutex_init(&latest->lock, nullptr);
  pthread_cond_init(&latest->has_news, nullptr);
  if (!start_thread(latest)) {
    pthread_cond_destroy(&latest->has_news);
    pthread_mutex_destroy(&latest->lock);
    free_latest(latest);
    return SKIFF_LATEST_ERR_THREAD;
  }
  *out = latest;
  return SKIFF_LATEST_OK;
}

skiff_latest_status skiff_latest_submit(skiff_latest *latest, const skiff_frame *frame, int64_t timestamp, uint64_t *id) {
  if (latest == nullptr || frame == nullptr || !is_geometry_valid(*frame) || !are_planes_valid(*frame))
    return SKIFF_LATEST_ERR_ARGUMENT;
  const FrameCopy copy = plan_copy(*frame);
  if (copy.bytes > latest->options.max_frame_bytes) return SKIFF_LATEST_ERR_FRAME_BYTES;
  pthread_mutex_lock(&latest->lock);
  Slot &slot = latest->slots[1 - latest->busy];
  slot.frame = copy_frame(*frame, copy, slot.bytes);
  slot.timestamp = timestamp;
  slot.id = ++latest->counts.submitted;
  if (id != nullptr) *id = slot.id;
  ++(latest->is_waiting ? latest->counts.dropped : latest->counts.pending);
  latest->is_waiting = true;
  pthread_cond_signal(&latest->has_news);
  pthread_mutex_unlock(&latest->lock);
  return SKIFF_LATEST_OK;
}

skiff_latest_status skiff_latest_get_counts(skiff_latest *latest, skiff_latest_counts *counts) {
  if (latest == nullptr || counts == nullptr) return SKIFF_LATEST_ERR_ARGUMENT;
  pthread_mutex_lock(&latest->lock);
  *counts = latest->counts;
  pthread_mutex_unlock(&latest->lock);
  return SKIFF_LATEST_OK;
}

skiff_latest_status skiff_latest_close(skiff_latest *latest, skiff_latest_end end, skiff_latest_counts *counts) {
  if (end != SKIFF_LATEST_ABANDON && end != SKIFF_LATEST_FINISH) return SKIFF_LATEST_ERR_ARGUMENT;
  if (latest == nullptr) return SKIFF_LATEST_OK;
  if (pthread_equal(pthread_self(), latest->thread)) return SKIFF_LATEST_ERR_CALLBACK;
  pthread_mutex_lock(&latest->lock);
  latest->end = end;
  latest->is_ending = true;
  pthread_cond_signal(&latest->has_news);
  pthread_mutex_unlock(&latest->lock);
  pthread_join(latest->thread, nullptr);
  latest->counts.dropped += latest->counts.pending;
  latest->counts.pending = 0;
  if (counts != nullptr) *counts = latest->counts;
  pthread_cond_destroy(&latest->has_news);
  pthread_mutex_destroy(&latest->lock);
  free_latest(latest);
  return SKIFF_LATEST_OK;
}

const char *skiff_latest_status_message(skiff_latest_status status) {
  switch (status) {
    case SKIFF_LATEST_OK:
      return "success";
    case SKIFF_LATEST_ERR_ARGUMENT:
      return "an argument is null or outside its range, or the frame makes no sense";
    case SKIFF_LATEST_ERR_STRUCT_SIZE:
      return "the options are not those of this version; fill them with skiff_latest_options_default";
    case SKIFF_LATEST_ERR_MEMORY:
      return "not enough memory";
    case SKIFF_LATEST_ERR_THREAD:
      return "the system does not give another thread";
    case SKIFF_LATEST_ERR_FRAME_BYTES:
      return "the frame is larger than max_frame_bytes; open with more";
    case SKIFF_LATEST_ERR_CALLBACK:
      return "a callback cannot close what it is called by; close from another thread";
  }
  return "unknown status";
}
