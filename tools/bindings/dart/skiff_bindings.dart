// SPDX-License-Identifier: MIT
//
// Skiff's C interface for dart:ffi. Made by tools/bindings/dart/generate.py from skiff.h, which says what everything means and what may be
// null; edit that and run the script. Needs Dart 3 and no package. Layouts, numbers and signatures are tested against a C compiler's; a
// Dart compiler has not seen it yet.
//
//   final skiff = SkiffBindings(DynamicLibrary.open('libskiff.so'));
//   final config = allocate<SkiffConfig>();            // of sizeOf<SkiffConfig>() bytes, by package:ffi or your own
//   skiff.configDefault(config);
//   config.ref.scoreThreshold = 0.5;
//   ... skiff.memoryRequired, skiff.init, skiff.detectFrame ...
//
// Texts are Pointer<Uint8> to UTF-8 with a zero at the end. Enumerations are ints, named in the classes without fields.
// ignore_for_file: type=lint
import 'dart:ffi';

const int skiffVersion = 100;
const int skiffMemoryAlignment = 64;
const int skiffCpuAll = 4294967295;
const int skiffCpuPortable = 0;
const int skiffCpuAvx2 = 1;
const int skiffCpuAvx512 = 2;
const int skiffCpuNeon = 4;
const int skiffFromModel = -2147483648;
const double skiffFromModelF = -1.0;

abstract class SkiffStatus {
  static const int ok = 0;
  static const int errArgument = 1;
  static const int errStructSize = 2;
  static const int errMemoryTooSmall = 3;
  static const int errMemoryAlignment = 4;
  static const int errWeightsMagic = 5;
  static const int errWeightsVersion = 6;
  static const int errWeightsTruncated = 7;
  static const int errWeightsChecksum = 8;
  static const int errWeightsInvalid = 9;
  static const int errWeightsNotFinite = 10;
  static const int errImageTooLarge = 11;
  static const int errSelftest = 12;
}

abstract class SkiffResize {
  static const int fromModel = 0;
  static const int lanczos = 1;
  static const int bilinear = 2;
  static const int cvBilinear = 3;
}

abstract class SkiffChannelOrder {
  static const int fromModel = 0;
  static const int rgb = 1;
  static const int bgr = 2;
}

abstract class SkiffPixelFormat {
  static const int rgb = 0;
  static const int bgr = 1;
  static const int rgba = 2;
  static const int bgra = 3;
  static const int grey = 4;
  static const int yuv420 = 5;
}

final class SkiffEngine extends Opaque {}

typedef SkiffParallelFor = Void Function(Pointer<Void>, Int32, Pointer<NativeFunction<Void Function(Pointer<Void>, Int32)>>, Pointer<Void>);

typedef SkiffTap = Void Function(Pointer<Void>, Pointer<Uint8>, Pointer<Float>, Int32, Int32, Int32);

typedef SkiffStepDone = Void Function(Pointer<Void>, Pointer<Uint8>);

final class SkiffWeightsError extends Struct {
  @Uint64()
  external int offset;

  external Pointer<Uint8> reason;
}

final class SkiffRecipe extends Struct {
  @Int32()
  external int resize;

  @Int32()
  external int order;

  @Float()
  external double pixelDivisor;

  @Array(3)
  external Array<Float> mean;

  @Array(3)
  external Array<Float> scale;
}

final class SkiffConfig extends Struct {
  @Uint32()
  external int structSize;

  @Uint32()
  external int cpuMask;

  @Float()
  external double scoreThreshold;

  @Float()
  external double nmsThreshold;

  @Int32()
  external int nmsTopK;

  @Int32()
  external int keepTopK;

  external SkiffRecipe recipe;

  @Int32()
  external int maxWidthPx;

  @Int32()
  external int maxHeightPx;

  external Pointer<NativeFunction<SkiffParallelFor>> parallelFor;

  external Pointer<Void> parallelCtx;

  @Int32()
  external int lanes;

  external Pointer<NativeFunction<SkiffTap>> tap;

  external Pointer<Void> tapCtx;

  external Pointer<NativeFunction<SkiffStepDone>> stepDone;

  external Pointer<Void> stepDoneCtx;

  external Pointer<SkiffWeightsError> weightsError;
}

final class SkiffImage extends Struct {
  external Pointer<Uint8> pixels;

  @Int32()
  external int widthPx;

  @Int32()
  external int heightPx;

  @Int32()
  external int strideBytes;

  @Int32()
  external int format;
}

final class SkiffFrame extends Struct {
  @Int32()
  external int format;

  @Int32()
  external int widthPx;

  @Int32()
  external int heightPx;

  @Array(3)
  external Array<Pointer<Uint8>> planes;

  @Array(3)
  external Array<Int32> rowStridesBytes;

  @Array(3)
  external Array<Int32> pixelStridesBytes;

  @Int32()
  external int isVideoRange;

  @Int32()
  external int rotationDegrees;

  @Int32()
  external int isMirrored;

  @Int32()
  external int regionXPx;

  @Int32()
  external int regionYPx;

  @Int32()
  external int regionWidthPx;

  @Int32()
  external int regionHeightPx;
}

final class SkiffBox extends Struct {
  @Int32()
  external int classId;

  @Float()
  external double score;

  @Float()
  external double xMin;

  @Float()
  external double yMin;

  @Float()
  external double xMax;

  @Float()
  external double yMax;
}

final class SkiffPixelBox extends Struct {
  @Float()
  external double xMin;

  @Float()
  external double yMin;

  @Float()
  external double xMax;

  @Float()
  external double yMax;
}

final class SkiffInfo extends Struct {
  @Int32()
  external int inputWidthPx;

  @Int32()
  external int inputHeightPx;

  @Int32()
  external int classCount;

  @Int32()
  external int backgroundId;

  @Int32()
  external int priorCount;

  @Float()
  external double scoreThreshold;

  @Float()
  external double nmsThreshold;

  @Int32()
  external int nmsTopK;

  @Int32()
  external int keepTopK;

  external SkiffRecipe preprocessing;

  @Uint64()
  external int arenaBytes;

  @Uint64()
  external int memoryBytes;

  external Pointer<Uint8> isa;

  external Pointer<Uint8> recipe;

  external Pointer<Uint8> origin;
}

class SkiffBindings {
  SkiffBindings(DynamicLibrary library)
      : configDefault = library.lookupFunction<
            Void Function(Pointer<SkiffConfig>),
            void Function(Pointer<SkiffConfig>)>('skiff_config_default'),
        memoryRequired = library.lookupFunction<
            Int32 Function(Pointer<Void>, IntPtr, Pointer<SkiffConfig>, Pointer<IntPtr>),
            int Function(Pointer<Void>, int, Pointer<SkiffConfig>, Pointer<IntPtr>)>('skiff_memory_required'),
        init = library.lookupFunction<
            Int32 Function(Pointer<Void>, IntPtr, Pointer<SkiffConfig>, Pointer<Void>, IntPtr, Pointer<Pointer<SkiffEngine>>),
            int Function(Pointer<Void>, int, Pointer<SkiffConfig>, Pointer<Void>, int, Pointer<Pointer<SkiffEngine>>)>('skiff_init'),
        detect = library.lookupFunction<
            Int32 Function(Pointer<SkiffEngine>, Pointer<SkiffImage>, Pointer<SkiffBox>, Int32, Pointer<Int32>),
            int Function(Pointer<SkiffEngine>, Pointer<SkiffImage>, Pointer<SkiffBox>, int, Pointer<Int32>)>('skiff_detect'),
        preprocess = library.lookupFunction<
            Int32 Function(Pointer<SkiffEngine>, Pointer<SkiffImage>, Pointer<Float>),
            int Function(Pointer<SkiffEngine>, Pointer<SkiffImage>, Pointer<Float>)>('skiff_preprocess'),
        framePacked = library.lookupFunction<
            SkiffFrame Function(Int32, Pointer<Uint8>, Int32, Int32, Int32),
            SkiffFrame Function(int, Pointer<Uint8>, int, int, int)>('skiff_frame_packed'),
        frameNv21 = library.lookupFunction<
            SkiffFrame Function(Pointer<Uint8>, Int32, Int32),
            SkiffFrame Function(Pointer<Uint8>, int, int)>('skiff_frame_nv21'),
        frameNv12 = library.lookupFunction<
            SkiffFrame Function(Pointer<Uint8>, Int32, Int32),
            SkiffFrame Function(Pointer<Uint8>, int, int)>('skiff_frame_nv12'),
        frameI420 = library.lookupFunction<
            SkiffFrame Function(Pointer<Uint8>, Int32, Int32),
            SkiffFrame Function(Pointer<Uint8>, int, int)>('skiff_frame_i420'),
        frameYuv420 = library.lookupFunction<
            SkiffFrame Function(Pointer<Uint8>, Pointer<Uint8>, Pointer<Uint8>, Int32, Int32, Int32, Int32, Int32),
            SkiffFrame Function(Pointer<Uint8>, Pointer<Uint8>, Pointer<Uint8>, int, int, int, int, int)>('skiff_frame_yuv420'),
        detectFrame = library.lookupFunction<
            Int32 Function(Pointer<SkiffEngine>, Pointer<SkiffFrame>, Pointer<SkiffBox>, Int32, Pointer<Int32>),
            int Function(Pointer<SkiffEngine>, Pointer<SkiffFrame>, Pointer<SkiffBox>, int, Pointer<Int32>)>('skiff_detect_frame'),
        preprocessFrame = library.lookupFunction<
            Int32 Function(Pointer<SkiffEngine>, Pointer<SkiffFrame>, Pointer<Float>),
            int Function(Pointer<SkiffEngine>, Pointer<SkiffFrame>, Pointer<Float>)>('skiff_preprocess_frame'),
        boxesToFrame = library.lookupFunction<
            Int32 Function(Pointer<SkiffFrame>, Pointer<SkiffBox>, Int32),
            int Function(Pointer<SkiffFrame>, Pointer<SkiffBox>, int)>('skiff_boxes_to_frame'),
        network = library.lookupFunction<
            Int32 Function(Pointer<SkiffEngine>, Pointer<Float>, Pointer<Float>, Pointer<Float>),
            int Function(Pointer<SkiffEngine>, Pointer<Float>, Pointer<Float>, Pointer<Float>)>('skiff_network'),
        postprocess = library.lookupFunction<
            Int32 Function(Pointer<SkiffEngine>, Pointer<Float>, Pointer<Float>, Pointer<SkiffBox>, Int32, Pointer<Int32>),
            int Function(Pointer<SkiffEngine>, Pointer<Float>, Pointer<Float>, Pointer<SkiffBox>, int, Pointer<Int32>)>('skiff_postprocess'),
        selftest = library.lookupFunction<
            Int32 Function(Pointer<SkiffEngine>, Pointer<Float>),
            int Function(Pointer<SkiffEngine>, Pointer<Float>)>('skiff_selftest'),
        getInfo = library.lookupFunction<
            Int32 Function(Pointer<SkiffEngine>, Pointer<SkiffInfo>),
            int Function(Pointer<SkiffEngine>, Pointer<SkiffInfo>)>('skiff_get_info'),
        label = library.lookupFunction<
            Pointer<Uint8> Function(Pointer<SkiffEngine>, Int32),
            Pointer<Uint8> Function(Pointer<SkiffEngine>, int)>('skiff_label'),
        boxToPixels = library.lookupFunction<
            SkiffPixelBox Function(Pointer<SkiffBox>, Int32, Int32),
            SkiffPixelBox Function(Pointer<SkiffBox>, int, int)>('skiff_box_to_pixels'),
        statusName = library.lookupFunction<
            Pointer<Uint8> Function(Int32),
            Pointer<Uint8> Function(int)>('skiff_status_name'),
        statusMessage = library.lookupFunction<
            Pointer<Uint8> Function(Int32),
            Pointer<Uint8> Function(int)>('skiff_status_message');

  final void Function(Pointer<SkiffConfig>) configDefault;

  final int Function(Pointer<Void>, int, Pointer<SkiffConfig>, Pointer<IntPtr>) memoryRequired;

  final int Function(Pointer<Void>, int, Pointer<SkiffConfig>, Pointer<Void>, int, Pointer<Pointer<SkiffEngine>>) init;

  final int Function(Pointer<SkiffEngine>, Pointer<SkiffImage>, Pointer<SkiffBox>, int, Pointer<Int32>) detect;

  final int Function(Pointer<SkiffEngine>, Pointer<SkiffImage>, Pointer<Float>) preprocess;

  final SkiffFrame Function(int, Pointer<Uint8>, int, int, int) framePacked;

  final SkiffFrame Function(Pointer<Uint8>, int, int) frameNv21;

  final SkiffFrame Function(Pointer<Uint8>, int, int) frameNv12;

  final SkiffFrame Function(Pointer<Uint8>, int, int) frameI420;

  final SkiffFrame Function(Pointer<Uint8>, Pointer<Uint8>, Pointer<Uint8>, int, int, int, int, int) frameYuv420;

  final int Function(Pointer<SkiffEngine>, Pointer<SkiffFrame>, Pointer<SkiffBox>, int, Pointer<Int32>) detectFrame;

  final int Function(Pointer<SkiffEngine>, Pointer<SkiffFrame>, Pointer<Float>) preprocessFrame;

  final int Function(Pointer<SkiffFrame>, Pointer<SkiffBox>, int) boxesToFrame;

  final int Function(Pointer<SkiffEngine>, Pointer<Float>, Pointer<Float>, Pointer<Float>) network;

  final int Function(Pointer<SkiffEngine>, Pointer<Float>, Pointer<Float>, Pointer<SkiffBox>, int, Pointer<Int32>) postprocess;

  final int Function(Pointer<SkiffEngine>, Pointer<Float>) selftest;

  final int Function(Pointer<SkiffEngine>, Pointer<SkiffInfo>) getInfo;

  final Pointer<Uint8> Function(Pointer<SkiffEngine>, int) label;

  final SkiffPixelBox Function(Pointer<SkiffBox>, int, int) boxToPixels;

  final Pointer<Uint8> Function(int) statusName;

  final Pointer<Uint8> Function(int) statusMessage;
}
