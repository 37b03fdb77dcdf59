// SPDX-License-Identifier: MIT
package org.skiff;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds objects in pictures, on Android and on any Java.
 *
 * <pre>
 *   try (Detector detector = new Detector("/path/model.skiff", new Options().threads(2).scoreThreshold(0.5f))) {
 *     for (float[] row : detector.detect(argb, width, height)) show(detector.label((int) row[Detector.LABEL]), row);
 *   }
 * </pre>
 *
 * Each row is [index, label, left, top, right, bottom, score]: its number in the picture, its class, its corners in pixels of the picture
 * as it was given, clipped to it, and its score. Rows come by label, then by falling score.
 *
 * Methods may be called from any thread; they wait for each other. The caller's thread does the work, with those that
 * {@link Options#threads} adds. A closed detector throws IllegalStateException, a wrong argument IllegalArgumentException, and what the
 * library refuses is a {@link SkiffException}; a picture that was refused does no harm to the next.
 */
public final class Detector implements AutoCloseable {
  /** Places in a row. */
  public static final int INDEX = 0, LABEL = 1, LEFT = 2, TOP = 3, RIGHT = 4, BOTTOM = 5, SCORE = 6;

  private static final int ROW = 7;
  private static final int RGBA = 2;

  static {
    System.loadLibrary("skiff_jni");
  }

  private final String[] labels;
  private final PowerMode powerMode;
  private final int[] inputSize;
  private long handle;

  /** Reads a model from a file; later changes of the file do not matter. */
  public Detector(String modelPath, Options options) {
    this(Options.given("modelPath", modelPath).getBytes(StandardCharsets.UTF_8), null, modelPath, options);
  }

  /** Takes a copy of a model in memory, for example the bytes of an asset. */
  public Detector(byte[] model, Options options) {
    this(null, Options.given("model", model), "model", options);
  }

  private Detector(byte[] path, byte[] model, String name, Options options) {
    Options o = Options.given("options", options);
    try {
      handle = create(path, model, o.threads, o.powerMode.cluster, o.score, o.nms, o.maxDetections, o.values, o.order, o.resize,
          o.maxWidth, o.maxHeight);
    } catch (SkiffException refused) {
      throw new SkiffException(refused.status(), name + ": " + refused.getMessage());
    }
    try {
      int[] facts = facts(handle);
      inputSize = new int[] {facts[0], facts[1]};
      powerMode = facts[3] == o.powerMode.cluster ? o.powerMode : PowerMode.LITE_POWER_NO_BIND;
      labels = o.labels != null ? o.labels : labelsOf(handle, facts[2]);
      check(o, facts[2]);
    } catch (RuntimeException | Error failed) {
      close();
      throw failed;
    }
  }

  /**
   * A detector by the arguments that Paddle Lite's demo has for its predictor. labelPath, inputColorFormat, inputShape, inputMean and
   * inputStd may be null: as the model says, which is where they belong. inputShape is {1, 3, height, width} and can only be the
   * model's.
   */
  public static Detector init(String modelPath, String labelPath, int cpuThreadNum, String cpuPowerMode, String inputColorFormat,
      long[] inputShape, float[] inputMean, float[] inputStd, float scoreThreshold) throws IOException {
    Options options = new Options().threads(cpuThreadNum).scoreThreshold(scoreThreshold);
    options.powerMode(PowerMode.valueOf(Options.given("cpuPowerMode", cpuPowerMode)));
    if (labelPath != null && !labelPath.isEmpty()) options.labels(readLines(labelPath));
    if (inputColorFormat != null) options.inputColorFormat(inputColorFormat);
    if (inputShape != null) {
      if (inputShape.length != 4 || inputShape[0] != 1 || inputShape[1] != 3)
        throw new IllegalArgumentException("inputShape is {1, 3, height, width}");
      options.inputSize((int) Math.min(inputShape[3], Integer.MAX_VALUE), (int) Math.min(inputShape[2], Integer.MAX_VALUE));
    }
    if (inputMean != null || inputStd != null) options.inputMeanStd(inputMean, inputStd);
    return new Detector(modelPath, options);
  }

  /** Finds objects in what Bitmap.getPixels gives: width * height values 0xAARRGGBB, row by row. */
  public float[][] detect(int[] argb, int width, int height) {
    return detect(argb, width, height, 0);
  }

  /** The same on a picture that lies; rotation: clockwise degrees that make it upright, 0, 90, 180 or 270. */
  public synchronized float[][] detect(int[] argb, int width, int height, int rotation) {
    checkView(width, height, rotation);
    long needed = (long) width * height;
    if (Options.given("argb", argb).length < needed)
      throw new IllegalArgumentException("argb has " + argb.length + " pixels, " + width + " x " + height + " are " + needed);
    return rows(detectInts(open(), argb, width, height, rotation));
  }

  /** Finds objects in R, G, B, A bytes from the buffer's position on, as Bitmap.copyPixelsToBuffer leaves them. */
  public float[][] detect(ByteBuffer rgba, int width, int height) {
    return detect(rgba, width, height, width > 0 && width <= Options.MOST_PX ? width * 4 : 4, 0);
  }

  /** The same with rowStride bytes from one row to the next, on a picture that lies: CameraX's RGBA_8888. */
  public synchronized float[][] detect(ByteBuffer rgba, int width, int height, int rowStride, int rotation) {
    checkView(width, height, rotation);
    need("rgba", rgba, width, height, rowStride, 4, 4);
    return rows(detectBytes(open(), rgba, rgba.position(), RGBA, width, height, rowStride, rotation));
  }

  /**
   * Finds objects in YUV_420_888: what Image.Plane tells of its planes 0, 1 and 2. Y's pixel stride is 1. rotation is that of
   * ImageProxy's ImageInfo.getRotationDegrees.
   */
  public synchronized float[][] detect(ByteBuffer y, ByteBuffer u, ByteBuffer v, int width, int height, int yRowStride,
      int uvRowStride, int uvPixelStride, int rotation) {
    checkView(width, height, rotation);
    need("y", y, width, height, yRowStride, 1, 1);
    need("u", u, (width + 1) / 2, (height + 1) / 2, uvRowStride, uvPixelStride, 1);
    need("v", v, (width + 1) / 2, (height + 1) / 2, uvRowStride, uvPixelStride, 1);
    return rows(detectPlanes(open(), y, y.position(), u, u.position(), v, v.position(), width, height, yRowStride, uvRowStride,
        uvPixelStride, rotation));
  }

  /** Rows in pixels of the upright picture, for what is shown turned by the rotation that detect was given. */
  public static float[][] upright(float[][] rows, int width, int height, int rotation) {
    checkView(width, height, rotation);
    float[][] turned = new float[Options.given("rows", rows).length][];
    for (int i = 0; i < rows.length; i++) {
      float[] r = turned[i] = rows[i].clone();
      float left = r[LEFT], top = r[TOP], right = r[RIGHT], bottom = r[BOTTOM];
      if (rotation == 90) setBox(r, height - bottom, left, height - top, right);
      if (rotation == 180) setBox(r, width - right, height - bottom, width - left, height - top);
      if (rotation == 270) setBox(r, top, width - right, bottom, width - left);
    }
    return turned;
  }

  /** Name of a class. */
  public String label(int label) {
    return labels[Options.in("label", label, 0, labels.length - 1)];
  }

  /** Names of all classes, that of the background included. */
  public String[] labels() {
    return labels.clone();
  }

  /** {width, height} of the network's input. Pictures may have any size. */
  public int[] inputSize() {
    return inputSize.clone();
  }

  /** What became of the power mode that was asked for: it, or LITE_POWER_NO_BIND where the system did not allow it. */
  public PowerMode powerMode() {
    return powerMode;
  }

  /** Gives back memory and threads. A second time does nothing. */
  @Override
  public synchronized void close() {
    long closing = handle;
    handle = 0;
    if (closing != 0) destroy(closing);
  }

  private long open() {
    if (handle == 0) throw new IllegalStateException("the detector is closed");
    return handle;
  }

  private void check(Options o, int classes) {
    if (o.inputWidth != 0 && (o.inputWidth != inputSize[0] || o.inputHeight != inputSize[1]))
      throw new IllegalArgumentException("the model's input is " + inputSize[0] + " x " + inputSize[1] + ", not " + o.inputWidth + " x "
          + o.inputHeight + "; for another size another model must be converted");
    if (labels.length != classes)
      throw new IllegalArgumentException("the model has " + classes + " classes, the background included, but there are "
          + labels.length + " labels");
  }

  private static void checkView(int width, int height, int rotation) {
    Options.in("width", width, 1, Options.MOST_PX);
    Options.in("height", height, 1, Options.MOST_PX);
    if (rotation != 0 && rotation != 90 && rotation != 180 && rotation != 270)
      throw new IllegalArgumentException("rotation is 0, 90, 180 or 270, not " + rotation);
  }

  /** Refuses a buffer that ends before its last row does. */
  private static void need(String name, ByteBuffer buffer, int columns, int rows, int rowStride, int step, int bytes) {
    if (!Options.given(name, buffer).isDirect())
      throw new IllegalArgumentException(name + " is not a direct buffer: use ByteBuffer.allocateDirect");
    if (step < 1) throw new IllegalArgumentException("pixel stride of " + name + " is at least 1, not " + step);
    long row = (long) (columns - 1) * step + bytes;
    if (rowStride < row) throw new IllegalArgumentException("row stride of " + name + " is at least " + row + ", not " + rowStride);
    long needed = (long) (rows - 1) * rowStride + row;
    if (buffer.remaining() < needed)
      throw new IllegalArgumentException(name + " has " + buffer.remaining() + " bytes left, " + needed + " are needed");
  }

  private static void setBox(float[] row, float left, float top, float right, float bottom) {
    row[LEFT] = left;
    row[TOP] = top;
    row[RIGHT] = right;
    row[BOTTOM] = bottom;
  }

  private static float[][] rows(float[] flat) {
    float[][] rows = new float[flat.length / ROW][ROW];
    for (int i = 0; i < rows.length; i++) System.arraycopy(flat, i * ROW, rows[i], 0, ROW);
    return rows;
  }

  private static String[] labelsOf(long handle, int classes) {
    String[] labels = new String[classes];
    for (int i = 0; i < classes; i++) labels[i] = new String(labelBytes(handle, i), StandardCharsets.UTF_8);
    return labels;
  }

  private static String[] readLines(String path) throws IOException {
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(new FileInputStream(path), StandardCharsets.UTF_8))) {
      for (String line; (line = reader.readLine()) != null;) lines.add(line);
    }
    return lines.toArray(new String[0]);
  }

  // skiff_jni.cpp. Arguments have been checked here: strides and sizes fit the buffers, the handle is open.
  private static native long create(byte[] path, byte[] model, int threads, int cluster, float score, float nms, int maxDetections,
      float[] values, int order, int resize, int maxWidth, int maxHeight);

  private static native void destroy(long handle);

  private static native int[] facts(long handle);

  private static native byte[] labelBytes(long handle, int label);

  private static native float[] detectInts(long handle, int[] argb, int width, int height, int rotation);

  private static native float[] detectBytes(long handle, ByteBuffer pixels, int position, int format, int width, int height,
      int rowStride, int rotation);

  private static native float[] detectPlanes(long handle, ByteBuffer y, int yPosition, ByteBuffer u, int uPosition, ByteBuffer v,
      int vPosition, int width, int height, int yRowStride, int uvRowStride, int uvPixelStride, int rotation);
}
