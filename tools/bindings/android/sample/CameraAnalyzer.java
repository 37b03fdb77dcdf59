// SPDX-License-Identifier: MIT
//
// Sample: CameraX frames in, rows out. Copy it into an app that has skiff.aar (make_aar.py) or builds CMakeLists.txt, and give it to the
// camera; the newest frame is looked at, and what comes meanwhile is dropped by CameraX:
//
//   ImageAnalysis analysis = new ImageAnalysis.Builder()
//       .setBackpressureStrategy(ImageAnalysis.STRATEGY_KEEP_ONLY_LATEST)
//       .setTargetResolution(new Size(1280, 720))
//       .build();
//   CameraAnalyzer analyzer = CameraAnalyzer.open(context.getAssets(), "mobilenet-ssd-half-voc.skiff",
//       (rows, width, height) -> overlay.post(() -> overlay.show(rows, width, height)));
//   analysis.setAnalyzer(Executors.newSingleThreadExecutor(), analyzer);
//   ... provider.bindToLifecycle(activity, CameraSelector.DEFAULT_BACK_CAMERA, preview, analysis);
//   ... in onDestroy: analysis.clearAnalyzer(); analyzer.close();
//
// Skiff's tests compile and run it against classes of their own in place of Android's, on a machine without a camera. It has not been on
// a phone.
package org.skiff.sample;

import android.content.res.AssetManager;
import androidx.camera.core.ImageAnalysis;
import androidx.camera.core.ImageProxy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import org.skiff.Detector;
import org.skiff.Options;
import org.skiff.PowerMode;

/** Detects on each YUV_420_888 frame, with two threads on the fast CPUs. */
public final class CameraAnalyzer implements ImageAnalysis.Analyzer, AutoCloseable {
  /** Is told of each frame, on the analyzer's thread. Corners are in pixels of the upright picture, which is width x height. */
  public interface Listener {
    void onRows(float[][] rows, int width, int height);
  }

  private final Detector detector;
  private final Listener listener;

  public CameraAnalyzer(Detector detector, Listener listener) {
    this.detector = detector;
    this.listener = listener;
  }

  /** With a model from the app's assets. */
  public static CameraAnalyzer open(AssetManager assets, String model, Listener listener) throws IOException {
    Options options = new Options().threads(2).powerMode(PowerMode.LITE_POWER_HIGH).scoreThreshold(0.5f);
    try (InputStream in = assets.open(model)) {
      return new CameraAnalyzer(new Detector(readAll(in), options), listener);
    }
  }

  @Override
  public void analyze(ImageProxy image) {
    try {
      int width = image.getWidth(), height = image.getHeight();
      int rotation = image.getImageInfo().getRotationDegrees();
      ImageProxy.PlaneProxy[] planes = image.getPlanes();
      float[][] rows = detector.detect(planes[0].getBuffer(), planes[1].getBuffer(), planes[2].getBuffer(), width, height,
          planes[0].getRowStride(), planes[1].getRowStride(), planes[1].getPixelStride(), rotation);
      boolean isOnItsSide = rotation % 180 != 0;
      listener.onRows(Detector.upright(rows, width, height, rotation), isOnItsSide ? height : width, isOnItsSide ? width : height);
    } catch (IllegalStateException closed) {
      // A last frame after close().
    } finally {
      image.close(); // or no other frame comes
    }
  }

  @Override
  public void close() {
    detector.close();
  }

  private static byte[] readAll(InputStream in) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] part = new byte[1 << 16];
    for (int got; (got = in.read(part)) > 0;) out.write(part, 0, got);
    return out.toByteArray();
  }
}
