// SPDX-License-Identifier: MIT

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.skiff.Detector;
import org.skiff.Options;
import org.skiff.PowerMode;
import org.skiff.SkiffException;

/**
 * What check_jni.py runs: java DetectorTest rows WEIGHTS PHOTO WIDTH HEIGHT prints detections in raw pixels by every way to give them, java
 * DetectorTest rules WEIGHTS TINY LABELS checks everything else and ends with status 0.
 */
public final class DetectorTest {
  private static final int CYCLES = 1000;
  private static final int MOST_GROWTH_KB = 3072;

  private static int wrong;

  public static void main(String[] args) throws Exception {
    if (args[0].equals("rows")) {
      printRows(args[1], Files.readAllBytes(Paths.get(args[2])), Integer.parseInt(args[3]), Integer.parseInt(args[4]));
      return;
    }
    checkOptions(args[1], args[2]);
    checkInit(args[1], args[3]);
    checkModels(args[2]);
    checkPictures(args[2]);
    checkViews(args[1]);
    checkClosed(args[2]);
    checkThreads(args[1]);
    checkCycles(args[2]);
    if (wrong > 0) System.exit(1);
  }

  private static void print(String what, float[][] rows) {
    for (float[] row : rows) {
      StringBuilder line = new StringBuilder(what);
      for (float value : row) line.append(' ').append(value);
      System.out.println(line);
    }
  }

  /** `rgb` is the photo upright. "int" and "rgba" are the whole; "yuv90" is the planes that follow in the file, lying. */
  private static void printRows(String weights, byte[] file, int width, int height) {
    int[] argb = argb(file, width, height);
    ByteBuffer rgba = rgba(argb, width, height, width * 4 + 12);
    ByteBuffer planes = direct(Arrays.copyOfRange(file, width * height * 3, file.length));
    int chroma = ((width + 1) / 2) * ((height + 1) / 2);
    try (Detector detector = new Detector(weights, new Options().scoreThreshold(0.01f))) {
      print("int", detector.detect(argb, width, height));
      print("rgba", detector.detect(at(rgba, 5), width, height, width * 4 + 12, 0));
      // Lies on its side: NV21, V first. The U plane begins one byte later and ends with the buffer.
      ByteBuffer v = at(planes, width * height), u = at(planes, width * height + 1);
      v.limit(width * height + 2 * chroma - 1);
      float[][] lying = detector.detect(at(planes, 0), u, v, height, width, height, (height + 1) / 2 * 2, 2, 90);
      print("yuv90", lying);
      print("upright", Detector.upright(lying, height, width, 90));
    }
    Options options = new Options().scoreThreshold(0.01f).threads(2).powerMode(PowerMode.LITE_POWER_HIGH);
    try (Detector detector = new Detector(weights, options)) {
      print("threads", detector.detect(argb, width, height));
    }
  }

  private static int[] argb(byte[] rgb, int width, int height) {
    int[] argb = new int[width * height];
    for (int i = 0; i < argb.length; i++)
      argb[i] = 0x7f000000 | (rgb[3 * i] & 255) << 16 | (rgb[3 * i + 1] & 255) << 8 | (rgb[3 * i + 2] & 255);
    return argb;
  }

  /** Direct, from place 5 on. */
  private static ByteBuffer rgba(int[] argb, int width, int height, int stride) {
    ByteBuffer out = ByteBuffer.allocateDirect(5 + (height - 1) * stride + width * 4);
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        for (int c = 0; c < 4; c++) out.put(5 + y * stride + x * 4 + c, (byte) (argb[y * width + x] >> (c < 3 ? 16 - 8 * c : 24)));
    return out;
  }

  private static ByteBuffer direct(byte[] bytes) {
    return (ByteBuffer) ByteBuffer.allocateDirect(bytes.length).put(bytes).clear();
  }

  private static ByteBuffer at(ByteBuffer buffer, int position) {
    return (ByteBuffer) buffer.duplicate().position(position);
  }

  private static void check(String what, boolean isRight) {
    if (isRight) return;
    System.out.println("WRONG: " + what);
    wrong++;
  }

  private interface Work {
    void run() throws Exception;
  }

  /** Expects an exception whose message has `part`. */
  private static Exception refused(Class<? extends Exception> type, String part, Work work) {
    try {
      work.run();
    } catch (Exception e) {
      boolean isRight = type.isInstance(e) && String.valueOf(e.getMessage()).contains(part);
      check(type.getSimpleName() + " with '" + part + "', got " + e, isRight);
      return e;
    }
    check(type.getSimpleName() + " with '" + part + "', got nothing", false);
    return null;
  }

  private static void wrong(String part, Work work) {
    refused(IllegalArgumentException.class, part, work);
  }

  private static int[] noise(int width, int height, int seed) {
    return new java.util.Random(seed).ints((long) width * height).toArray();
  }

  private static void checkOptions(String weights, String tiny) throws Exception {
    wrong("threads", () -> new Options().threads(0));
    wrong("threads", () -> new Options().threads(257));
    wrong("powerMode", () -> new Options().powerMode(null));
    wrong("scoreThreshold", () -> new Options().scoreThreshold(Float.NaN));
    wrong("nmsThreshold", () -> new Options().nmsThreshold(1.5f));
    wrong("maxDetections", () -> new Options().maxDetections(-1));
    wrong("3 values", () -> new Options().inputMeanStd(new float[3], new float[2]));
    wrong("above 0", () -> new Options().inputMeanStd(new float[3], new float[3]));
    wrong("finite", () -> new Options().inputMeanStd(new float[] {0, Float.NaN, 0}, new float[] {1, 1, 1}));
    wrong("std is null", () -> new Options().inputMeanStd(new float[3], null));
    wrong("HSV", () -> new Options().inputColorFormat("HSV"));
    wrong("null", () -> new Options().resize(null));
    wrong("max width", () -> new Options().maxSize(0, 1));
    wrong("a label", () -> new Options().labels("a", null));
    wrong("options", () -> new Detector(tiny, null));
    wrong("modelPath", () -> new Detector((String) null, new Options()));
    wrong("model is null", () -> new Detector((byte[]) null, new Options()));
    wrong("input is 32 x 32, not 300 x 300", () -> new Detector(tiny, new Options().inputSize(300, 300)));
    wrong("there are 2 labels", () -> new Detector(tiny, new Options().labels("a", "b")));
    // What a recipe changes is seen, and changing it to itself is not.
    int[] argb = noise(300, 300, 1);
    float[][] plain = rows(weights, new Options(), argb), same, other;
    same = rows(weights, new Options().inputSize(300, 300).inputColorFormat("BGR").resize("LANCZOS"), argb);
    Options recipe = new Options().inputColorFormat("RGB").inputMeanStd(new float[] {.4f, .5f, .6f}, new float[] {.2f, .3f, .4f});
    other = rows(weights, recipe, argb);
    check("a recipe changed to itself changes nothing", Arrays.deepEquals(plain, same));
    check("another recipe gives other rows", !Arrays.deepEquals(plain, other));
    check("at most so many", rows(weights, new Options().maxDetections(2), argb).length == 2);
    check("none", rows(weights, new Options().maxDetections(0), argb).length == 0);
  }

  private static float[][] rows(String weights, Options options, int[] argb) {
    try (Detector detector = new Detector(weights, options)) {
      return detector.detect(argb, 300, 300);
    }
  }

  private static void checkInit(String weights, String labels) throws Exception {
    float[] mean = {.5f, .5f, .5f};
    long[] shape = {1, 3, 300, 300};
    try (Detector detector = Detector.init(weights, labels, 1, "LITE_POWER_NO_BIND", "RGB", shape, mean, mean, 0.5f)) {
      check("labels of the file", detector.label(8).equals("cat") && detector.labels().length == 21);
      check("input size", Arrays.equals(detector.inputSize(), new int[] {300, 300}));
      wrong("label is from 0 to 20", () -> detector.label(21));
      wrong("label is from 0 to 20", () -> detector.label(-1));
    }
    try (Detector detector = Detector.init(weights, null, 1, "LITE_POWER_LOW", null, null, null, null, 0.5f)) {
      check("labels of the model", detector.label(15).equals("person"));
      PowerMode mode = detector.powerMode();
      check("the power mode, or that there is none", mode == PowerMode.LITE_POWER_LOW || mode == PowerMode.LITE_POWER_NO_BIND);
    }
    wrong("LITE_POWER_TURBO", () -> Detector.init(weights, null, 1, "LITE_POWER_TURBO", null, null, null, null, 0.5f));
    wrong("cpuPowerMode", () -> Detector.init(weights, null, 1, null, null, null, null, null, 0.5f));
    wrong("inputShape", () -> Detector.init(weights, null, 1, "LITE_POWER_HIGH", null, new long[] {1, 3, 300}, null, null, 0.5f));
    long[] huge = {1, 3, 300, 1L << 40};
    wrong("input width", () -> Detector.init(weights, null, 1, "LITE_POWER_HIGH", null, huge, null, null, 0.5f));
    wrong("mean is null", () -> Detector.init(weights, null, 1, "LITE_POWER_HIGH", null, null, null, mean, 0.5f));
    refused(IOException.class, "no/such", () -> Detector.init(weights, "no/such", 1, "LITE_POWER_HIGH", null, null, null, null, 0.5f));
  }

  private static void checkModels(String tiny) throws Exception {
    byte[] good = Files.readAllBytes(Paths.get(tiny)), flipped = good.clone();
    flipped[good.length / 2] ^= 1;
    SkiffException e = (SkiffException) refused(SkiffException.class, "checksum", () -> new Detector(flipped, new Options()));
    check("status of a damaged model", e != null && e.status() == 8);
    refused(SkiffException.class, "model: ", () -> new Detector(Arrays.copyOf(good, good.length - 1), new Options()));
    refused(SkiffException.class, "model: ", () -> new Detector(new byte[0], new Options()));
    refused(SkiffException.class, "no/such: no such file", () -> new Detector("no/such", new Options()));
    refused(SkiffException.class, "not a file", () -> new Detector("/", new Options()));
    refused(SkiffException.class, "not a file", () -> new Detector("/dev/zero", new Options()));
    refused(SkiffException.class, "not a file", () -> new Detector(tiny + "\0", new Options()));
    Path odd = Files.createTempFile("m\u00fcll\ud83d\ude00", ".skiff");
    try {
      Files.write(odd, good);
      new Detector(odd.toString(), new Options()).close();
    } finally {
      Files.delete(odd);
    }
    new Detector(good, new Options()).close();
  }

  private static void checkPictures(String tiny) {
    try (Detector detector = new Detector(tiny, new Options().maxSize(100, 80))) {
      int[] argb = noise(100, 80, 1);
      ByteBuffer buffer = ByteBuffer.allocateDirect(100 * 80 * 4);
      wrong("argb is null", () -> detector.detect((int[]) null, 10, 10));
      wrong("8000 pixels, 100 x 81 are 8100", () -> detector.detect(argb, 100, 81));
      wrong("width is from 1", () -> detector.detect(argb, 0, 80));
      wrong("height is from 1", () -> detector.detect(argb, 10, -80));
      wrong("width is from 1", () -> detector.detect(argb, Integer.MAX_VALUE, 80));
      wrong("argb has 8000", () -> detector.detect(argb, 65535, 65535));
      wrong("rotation", () -> detector.detect(argb, 10, 10, 45));
      refused(SkiffException.class, "max_width_px", () -> detector.detect(argb, 101, 10));
      wrong("rgba is null", () -> detector.detect((ByteBuffer) null, 10, 10));
      wrong("not a direct buffer", () -> detector.detect(ByteBuffer.allocate(400), 10, 10));
      wrong("32000 bytes left, 32400 are needed", () -> detector.detect(buffer, 100, 81));
      wrong("31996 bytes left, 32000", () -> detector.detect(at(buffer, 4), 100, 80));
      wrong("row stride of rgba is at least 400, not 399", () -> detector.detect(buffer, 100, 80, 399, 0));
      wrong("row stride", () -> detector.detect(buffer, 100, 80, -1, 0));
      wrong("width is from 1", () -> detector.detect(buffer, 1 << 30, 1));
      wrong("bytes left", () -> detector.detect(buffer, 10, 10, Integer.MAX_VALUE, 0));
      wrong("row stride of u is at least 99", () -> detector.detect(buffer, buffer, buffer, 100, 80, 100, 50, 2, 0));
      wrong("pixel stride of u is at least 1", () -> detector.detect(buffer, buffer, buffer, 100, 80, 100, 50, 0, 0));
      wrong("v has 1999 bytes left, 2000", () -> detector.detect(buffer, buffer, at(buffer, 30001), 100, 80, 100, 50, 1, 0));
      wrong("y is null", () -> detector.detect(null, buffer, buffer, 100, 80, 100, 50, 1, 0));
      check("still usable", detector.detect(argb, 100, 80).length >= 0);
      check("the last byte", detector.detect(buffer, at(buffer, 30000), at(buffer, 30000), 100, 80, 100, 50, 1, 270).length >= 0);
      check("odd sides", detector.detect(buffer, buffer, buffer, 99, 79, 99, 50, 1, 90).length >= 0);
      check("read only", detector.detect(buffer.asReadOnlyBuffer(), 100, 80).length >= 0);
    }
  }

  /** One picture, turned by every rotation: in the upright frame always the same rows. */
  private static void checkViews(String weights) {
    int width = 120, height = 90;
    int[] upright = noise(width, height, 3);
    try (Detector detector = new Detector(weights, new Options().scoreThreshold(0.01f))) {
      float[][] wanted = detector.detect(upright, width, height);
      check("something is found", wanted.length > 0);
      for (int rotation = 0; rotation < 360; rotation += 90) {
        boolean isSide = rotation % 180 != 0;
        int w = isSide ? height : width, h = isSide ? width : height;
        int[] lying = new int[upright.length];
        for (int y = 0; y < height; y++)
          for (int x = 0; x < width; x++) {
            int atX = rotation == 0 ? x : rotation == 90 ? y : rotation == 180 ? width - 1 - x : height - 1 - y;
            int atY = rotation == 0 ? y : rotation == 90 ? width - 1 - x : rotation == 180 ? height - 1 - y : x;
            lying[atY * w + atX] = upright[y * width + x];
          }
        float[][] found = Detector.upright(detector.detect(lying, w, h, rotation), w, h, rotation);
        check(rotation + " degrees: as many", found.length == wanted.length);
        for (int i = 0; i < Math.min(found.length, wanted.length); i++)
          for (int j = 0; j < 7; j++) check(rotation + " degrees: row " + i, Math.abs(found[i][j] - wanted[i][j]) < 1e-3);
      }
    }
    wrong("rotation", () -> Detector.upright(new float[0][], 1, 1, 1));
  }

  private static void checkClosed(String tiny) throws Exception {
    Detector detector = new Detector(tiny, new Options().threads(2));
    ByteBuffer buffer = ByteBuffer.allocateDirect(400);
    detector.close();
    detector.close();
    Class<IllegalStateException> closed = IllegalStateException.class;
    refused(closed, "closed", () -> detector.detect(new int[100], 10, 10));
    refused(closed, "closed", () -> detector.detect(buffer, 10, 10));
    refused(closed, "closed", () -> detector.detect(buffer, buffer, buffer, 10, 10, 10, 10, 1, 0));
    check("facts outlive it", detector.labels().length == 5 && detector.label(1) != null && detector.inputSize()[0] == 32);
  }

  private static void checkThreads(String weights) throws Exception {
    Options options = new Options().scoreThreshold(0.01f).threads(2).powerMode(PowerMode.LITE_POWER_HIGH);
    int[] argb = noise(320, 240, 5);
    AtomicReference<Throwable> failed = new AtomicReference<>();
    try (Detector shared = new Detector(weights, options)) {
      String cpus = allowedCpus();
      float[][] wanted = shared.detect(argb, 320, 240);
      check("the caller's CPUs are its own again", allowedCpus().equals(cpus));
      runThreads(failed, i -> {
        try (Detector own = new Detector(weights, options)) {
          for (int k = 0; k < 5; k++)
            if (!Arrays.deepEquals((i % 2 == 0 ? own : shared).detect(argb, 320, 240), wanted))
              throw new IllegalStateException("other rows");
        }
      });
      check("threads: " + failed.get(), failed.get() == null);
    }
    // Closed by one while others detect: they get rows or are told.
    Detector detector = new Detector(weights, options);
    runThreads(failed, i -> {
      try {
        for (int k = 0; k < 20; k++)
          if (i == 0 && k == 3) detector.close();
          else detector.detect(argb, 320, 240);
      } catch (IllegalStateException closed) {
        if (!closed.getMessage().contains("closed")) throw closed;
      }
    });
    check("closing: " + failed.get(), failed.get() == null);
  }

  private interface ThreadWork {
    void run(int thread) throws Exception;
  }

  private static void runThreads(AtomicReference<Throwable> failed, ThreadWork work) throws InterruptedException {
    Thread[] threads = new Thread[4];
    for (int i = 0; i < threads.length; i++) {
      int number = i;
      threads[i] = new Thread(() -> {
        try {
          work.run(number);
        } catch (Throwable t) {
          failed.set(t);
        }
      });
      threads[i].start();
    }
    for (Thread thread : threads) thread.join();
  }

  private static String field(String file, String name) throws IOException {
    for (String line : Files.readAllLines(Paths.get(file)))
      if (line.startsWith(name)) return line.substring(name.length()).trim();
    throw new IOException("no " + name + " in " + file);
  }

  private static String allowedCpus() throws IOException {
    return field("/proc/thread-self/status", "Cpus_allowed:");
  }

  private static int residentKb() throws IOException {
    System.gc();
    return Integer.parseInt(field("/proc/self/status", "VmRSS:").split(" ")[0]);
  }

  /** Detectors made and closed, and some refused, by path and from bytes: nothing is left behind. */
  private static void checkCycles(String tiny) throws Exception {
    byte[] model = Files.readAllBytes(Paths.get(tiny));
    int[] argb = noise(64, 48, 6);
    int before = 0;
    for (int i = 0; i < CYCLES + 300; i++) {
      if (i == 300) before = residentKb();
      Options options = new Options().threads(1 + i % 2);
      try (Detector detector = i % 4 < 2 ? new Detector(tiny, options) : new Detector(model, options)) {
        detector.detect(argb, 64, 48);
      }
      if (i % 4 == 0) wrong("labels", () -> new Detector(tiny, new Options().labels("a")));
    }
    int growth = residentKb() - before;
    check("memory after " + CYCLES + " detectors grew by " + growth + " KB", growth < MOST_GROWTH_KB);
  }
}
