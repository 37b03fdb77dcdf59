// SPDX-License-Identifier: MIT
//
// What lies behind org.skiff.Detector: one Session a detector. Java has checked sizes, strides and that the handle is open; here
// memory, files and threads are owned, and statuses become exceptions. No C++ library is needed.
#include <errno.h>
#include <fcntl.h>
#include <jni.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/pool/pool.h"
#include "skiff.h"

namespace {

constexpr int32_t kMostBoxes = 65536;  // that one call gives, where the model does not limit them
constexpr int kRowFloats = 7;          // index, label, left, top, right, bottom, score

struct Session {
  void *weights, *memory;
  size_t weights_bytes;
  skiff_engine *engine;
  skiff_pool *pool;
  skiff_pool_cluster cluster;  // in force
  skiff_box *boxes;
  jfloat *rows;
  int32_t capacity;  // of boxes and rows
  skiff_info info;
};

Session *session_of(jlong handle) { return reinterpret_cast<Session *>(handle); }

void destroy(Session *session) {
  if (session == nullptr) return;
  skiff_pool_destroy(session->pool);
  free(session->rows);
  free(session->boxes);
  free(session->memory);
  free(session->weights);
  free(session);
}

// The message is plain ASCII.
void throw_refused(JNIEnv *env, int status, const char *message) {
  jclass type = env->FindClass("org/skiff/SkiffException");
  if (type == nullptr) return;  // an exception of its own is pending
  jmethodID make = env->GetMethodID(type, "<init>", "(ILjava/lang/String;)V");
  jstring text = make == nullptr ? nullptr : env->NewStringUTF(message);
  jobject refused = text == nullptr ? nullptr : env->NewObject(type, make, jint(status), text);
  if (refused != nullptr) env->Throw(static_cast<jthrowable>(refused));
}

void throw_of_memory(JNIEnv *env) {
  jclass type = env->FindClass("java/lang/OutOfMemoryError");
  if (type != nullptr) env->ThrowNew(type, "no memory for a detector");
}

// Not strerror, whose words depend on the locale: Java wants them in an encoding of its own.
void throw_of_file(JNIEnv *env, int error) {
  char message[40];
  switch (error) {
    case ENOENT:
      return throw_refused(env, 0, "no such file");
    case EACCES:
      return throw_refused(env, 0, "permission denied");
    case EINVAL:
      return throw_refused(env, 0, "not a file");
    default:
      snprintf(message, sizeof message, "cannot be read (errno %d)", error);
      return throw_refused(env, 0, message);
  }
}

// Aligned as skiff.h wants it; null, with an exception, where there is no memory.
void *allocate(JNIEnv *env, size_t bytes) {
  void *block = nullptr;
  if (posix_memalign(&block, SKIFF_MEMORY_ALIGNMENT, bytes > 0 ? bytes : 1) == 0) return block;
  throw_of_memory(env);
  return nullptr;
}

// 0, or an errno. A file that changes meanwhile is found out by its checksum.
int read_all(int file, uint8_t *bytes, size_t size) {
  while (size > 0) {
    const ssize_t got = read(file, bytes, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? errno : EIO;
    bytes += got;
    size -= size_t(got);
  }
  return 0;
}

bool read_open_file(JNIEnv *env, int file, Session *session) {
  struct stat status;
  int error = fstat(file, &status) != 0 ? errno : S_ISREG(status.st_mode) ? 0 : EINVAL;
  if (error == 0) {
    session->weights_bytes = size_t(status.st_size);
    session->weights = allocate(env, session->weights_bytes);
    if (session->weights == nullptr) return false;
    error = read_all(file, static_cast<uint8_t *>(session->weights), session->weights_bytes);
  }
  if (error != 0) throw_of_file(env, error);
  return error == 0;
}

bool read_file(JNIEnv *env, jbyteArray path_utf8, Session *session) {
  const jsize length = env->GetArrayLength(path_utf8);
  char *path = static_cast<char *>(allocate(env, size_t(length) + 1));
  if (path == nullptr) return false;
  env->GetByteArrayRegion(path_utf8, 0, length, reinterpret_cast<jbyte *>(path));
  path[length] = '\0';
  const bool is_name = strlen(path) == size_t(length);
  const int file = is_name ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  const int error = is_name ? errno : EINVAL;
  free(path);
  if (file < 0) {
    throw_of_file(env, error);
    return false;
  }
  const bool is_read = read_open_file(env, file, session);
  close(file);
  return is_read;
}

bool copy_model(JNIEnv *env, jbyteArray model, Session *session) {
  const jsize length = env->GetArrayLength(model);
  session->weights_bytes = size_t(length);
  session->weights = allocate(env, session->weights_bytes);
  if (session->weights == nullptr) return false;
  env->GetByteArrayRegion(model, 0, length, static_cast<jbyte *>(session->weights));
  return true;
}

// A wish: where CPUs cannot be told apart or are not the app's, threads run where the system puts them.
bool start_threads(JNIEnv *env, int32_t threads, skiff_pool_cluster cluster, Session *session) {
  if (threads == 1 && cluster == SKIFF_POOL_ALL) return true;
  skiff_pool_options options;
  skiff_pool_options_default(&options);
  options.cluster = session->cluster = cluster;
  skiff_pool_status status = skiff_pool_create(threads, &options, &session->pool);
  if (status == SKIFF_POOL_ERR_CPU || status == SKIFF_POOL_ERR_SYSFS) {
    options.cluster = session->cluster = SKIFF_POOL_ALL;
    status = skiff_pool_create(threads, &options, &session->pool);
  }
  if (status != SKIFF_POOL_OK) throw_refused(env, 0, skiff_pool_status_message(status));
  return status == SKIFF_POOL_OK;
}

bool refuse_model(JNIEnv *env, skiff_status status, const skiff_weights_error &error) {
  char message[400];
  const bool has_reason = status >= SKIFF_ERR_WEIGHTS_MAGIC && status <= SKIFF_ERR_WEIGHTS_NOT_FINITE && error.reason != nullptr;
  snprintf(message, sizeof message, has_reason ? "%s (byte %llu: %s)" : "%s", skiff_status_message(status),
           static_cast<unsigned long long>(error.offset), has_reason ? error.reason : "");
  throw_refused(env, status, message);
  return false;
}

bool make_engine(JNIEnv *env, skiff_config config, Session *session) {
  skiff_weights_error error = {};
  config.weights_error = &error;
  if (session->pool != nullptr) {
    config.parallel_for = skiff_pool_parallel_for;
    config.parallel_ctx = session->pool;
    config.lanes = skiff_pool_threads(session->pool);
  }
  size_t bytes = 0;
  skiff_status status = skiff_memory_required(session->weights, session->weights_bytes, &config, &bytes);
  if (status != SKIFF_OK) return refuse_model(env, status, error);
  session->memory = allocate(env, bytes);
  if (session->memory == nullptr) return false;
  status = skiff_init(session->weights, session->weights_bytes, &config, session->memory, bytes, &session->engine);
  if (status != SKIFF_OK) return refuse_model(env, status, error);
  return skiff_get_info(session->engine, &session->info) == SKIFF_OK;
}

bool make_rows(JNIEnv *env, Session *session) {
  const skiff_info &info = session->info;
  const int64_t most = int64_t(info.class_count) * (info.nms_top_k >= 0 ? info.nms_top_k : info.prior_count);
  const int64_t kept = info.keep_top_k >= 0 ? info.keep_top_k : most;
  session->capacity = int32_t(kept < kMostBoxes ? kept : kMostBoxes);
  session->boxes = static_cast<skiff_box *>(allocate(env, size_t(session->capacity) * sizeof(skiff_box)));
  if (session->boxes == nullptr) return false;
  session->rows = static_cast<jfloat *>(allocate(env, size_t(session->capacity) * kRowFloats * sizeof(jfloat)));
  return session->rows != nullptr;
}

// Runs on the CPUs of the power mode; what the caller's thread was bound to before, it is bound to again.
skiff_status detect_bound(Session *session, const skiff_frame &frame, int32_t *count) {
  cpu_set_t before;
  const bool is_bound = session->cluster != SKIFF_POOL_ALL && sched_getaffinity(0, sizeof before, &before) == 0 &&
                        skiff_pool_bind_caller(session->pool) == SKIFF_POOL_OK;
  const skiff_status status = skiff_detect_frame(session->engine, &frame, session->boxes, session->capacity, count);
  if (is_bound) sched_setaffinity(0, sizeof before, &before);
  return status;
}

// Rows end to end; null with an exception. Pixels are not needed any more afterwards.
int32_t fill_rows(Session *session, const skiff_frame &frame, skiff_status *status) {
  int32_t count = 0;
  *status = detect_bound(session, frame, &count);
  if (*status != SKIFF_OK) return 0;
  if (count > session->capacity) count = session->capacity;
  for (int32_t i = 0; i < count; ++i) {
    const skiff_box &box = session->boxes[i];
    const skiff_pixel_box pixels = skiff_box_to_pixels(&box, frame.width_px, frame.height_px);
    const jfloat row[kRowFloats] = {jfloat(i),    jfloat(box.class_id), pixels.x_min, pixels.y_min,
                                    pixels.x_max, pixels.y_max,         box.score};
    memcpy(session->rows + int64_t(i) * kRowFloats, row, sizeof row);
  }
  return count;
}

jfloatArray give_rows(JNIEnv *env, const Session *session, skiff_status status, int32_t count) {
  if (status != SKIFF_OK) {
    throw_refused(env, status, skiff_status_message(status));
    return nullptr;
  }
  jfloatArray rows = env->NewFloatArray(count * kRowFloats);
  if (rows != nullptr) env->SetFloatArrayRegion(rows, 0, count * kRowFloats, session->rows);
  return rows;
}

jfloatArray detect(JNIEnv *env, Session *session, skiff_frame frame, jint rotation) {
  frame.rotation_degrees = rotation;
  skiff_status status = SKIFF_OK;
  const int32_t count = fill_rows(session, frame, &status);
  return give_rows(env, session, status, count);
}

const uint8_t *bytes_of(JNIEnv *env, jobject buffer, jint position) {
  const uint8_t *address = static_cast<const uint8_t *>(env->GetDirectBufferAddress(buffer));
  return address == nullptr ? nullptr : address + position;  // null is refused by the library
}

}  // namespace

extern "C" {

JNIEXPORT jlong JNICALL Java_org_skiff_Detector_create(JNIEnv *env, jclass, jbyteArray path, jbyteArray model, jint threads,
                                                       jint cluster, jfloat score, jfloat nms, jint max_detections,
                                                       jfloatArray values, jint order, jint resize, jint max_width,
                                                       jint max_height) {
  Session *session = static_cast<Session *>(calloc(1, sizeof(Session)));
  if (session == nullptr) {
    throw_of_memory(env);
    return 0;
  }
  skiff_config config;
  skiff_config_default(&config);
  config.score_threshold = score;
  config.nms_threshold = nms;
  config.keep_top_k = max_detections;
  config.max_width_px = max_width;
  config.max_height_px = max_height;
  config.recipe.order = skiff_channel_order(order);
  config.recipe.resize = skiff_resize(resize);
  if (values != nullptr) {
    jfloat mean_std[6];
    env->GetFloatArrayRegion(values, 0, 6, mean_std);
    config.recipe.pixel_divisor = 255.0f;
    for (int c = 0; c < 3; ++c) {
      config.recipe.mean[c] = mean_std[c];
      config.recipe.scale[c] = 1.0f / mean_std[3 + c];
    }
  }
  const bool is_loaded = path != nullptr ? read_file(env, path, session) : copy_model(env, model, session);
  if (is_loaded && start_threads(env, threads, skiff_pool_cluster(cluster), session) && make_engine(env, config, session) &&
      make_rows(env, session))
    return reinterpret_cast<jlong>(session);
  destroy(session);
  return 0;
}

JNIEXPORT void JNICALL Java_org_skiff_Detector_destroy(JNIEnv *, jclass, jlong handle) { destroy(session_of(handle)); }

JNIEXPORT jintArray JNICALL Java_org_skiff_Detector_facts(JNIEnv *env, jclass, jlong handle) {
  const Session *session = session_of(handle);
  const skiff_info &info = session->info;
  const jint facts[4] = {info.input_width_px, info.input_height_px, info.class_count, session->cluster};
  jintArray out = env->NewIntArray(4);
  if (out != nullptr) env->SetIntArrayRegion(out, 0, 4, facts);
  return out;
}

JNIEXPORT jbyteArray JNICALL Java_org_skiff_Detector_labelBytes(JNIEnv *env, jclass, jlong handle, jint label) {
  const char *text = skiff_label(session_of(handle)->engine, label);
  const jsize length = text == nullptr ? 0 : jsize(strlen(text));
  jbyteArray out = env->NewByteArray(length);
  if (out != nullptr && length > 0) env->SetByteArrayRegion(out, 0, length, reinterpret_cast<const jbyte *>(text));
  return out;
}

// An int 0xAARRGGBB is B, G, R, A in memory.
JNIEXPORT jfloatArray JNICALL Java_org_skiff_Detector_detectInts(JNIEnv *env, jclass, jlong handle, jintArray argb, jint width,
                                                                 jint height, jint rotation) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "pixels are read byte by byte");
  jint *pixels = env->GetIntArrayElements(argb, nullptr);
  if (pixels == nullptr) return nullptr;
  skiff_frame frame = skiff_frame_packed(SKIFF_PIXEL_BGRA, reinterpret_cast<const uint8_t *>(pixels), width, height, width * 4);
  frame.rotation_degrees = rotation;
  skiff_status status = SKIFF_OK;
  const int32_t count = fill_rows(session_of(handle), frame, &status);
  env->ReleaseIntArrayElements(argb, pixels, JNI_ABORT);
  return give_rows(env, session_of(handle), status, count);
}

JNIEXPORT jfloatArray JNICALL Java_org_skiff_Detector_detectBytes(JNIEnv *env, jclass, jlong handle, jobject pixels,
                                                                  jint position, jint format, jint width, jint height,
                                                                  jint row_stride, jint rotation) {
  const uint8_t *bytes = bytes_of(env, pixels, position);
  return detect(env, session_of(handle), skiff_frame_packed(skiff_pixel_format(format), bytes, width, height, row_stride),
                rotation);
}

JNIEXPORT jfloatArray JNICALL Java_org_skiff_Detector_detectPlanes(JNIEnv *env, jclass, jlong handle, jobject y, jint y_position,
                                                                   jobject u, jint u_position, jobject v, jint v_position,
                                                                   jint width, jint height, jint y_row_stride, jint uv_row_stride,
                                                                   jint uv_pixel_stride, jint rotation) {
  const skiff_frame frame =
      skiff_frame_yuv420(bytes_of(env, y, y_position), bytes_of(env, u, u_position), bytes_of(env, v, v_position), width, height,
                         y_row_stride, uv_row_stride, uv_pixel_stride);
  return detect(env, session_of(handle), frame, rotation);
}

}  // extern "C"
