// SPDX-License-Identifier: MIT

import android.content.res.AssetManager;
import androidx.camera.core.ImageInfo;
import androidx.camera.core.ImageProxy;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.Arrays;
import org.skiff.Detector;
import org.skiff.Options;
import org.skiff.sample.CameraAnalyzer;

/** java CameraAnalyzerTest FOLDER MODEL: shows the sample a frame that lies on its side, as it stands and after it was closed. */
public final class CameraAnalyzerTest {
  private static final int WIDTH = 64;
  private static final int HEIGHT = 48;
  private static final int STRIDE = 80;

  private static int closed;
  private static int told;

  public static void main(String[] args) throws Exception {
    AssetManager assets = new AssetManager() {
      @Override
      public InputStream open(String name) throws IOException {
        return Files.newInputStream(Paths.get(args[0], name));
      }
    };
    byte[] bytes = new byte[STRIDE * HEIGHT * 3 / 2];
    new java.util.Random(1).nextBytes(bytes);
    ByteBuffer all = ByteBuffer.allocateDirect(bytes.length);
    all.put(bytes);
    ByteBuffer[] planes = {from(all, 0), from(all, STRIDE * HEIGHT), from(all, STRIDE * HEIGHT + 1)};
    Options options = new Options().scoreThreshold(0.5f);
    float[][] wanted;
    try (Detector detector = new Detector(Paths.get(args[0], args[1]).toString(), options)) {
      float[][] lying = detector.detect(planes[0], planes[1], planes[2], WIDTH, HEIGHT, STRIDE, STRIDE, 2, 90);
      wanted = Detector.upright(lying, WIDTH, HEIGHT, 90);
    }
    CameraAnalyzer analyzer = CameraAnalyzer.open(assets, args[1], (rows, width, height) -> {
      if (Arrays.deepEquals(rows, wanted) && width == HEIGHT && height == WIDTH) told++;
    });
    analyzer.analyze(image(planes));
    analyzer.close();
    analyzer.analyze(image(planes));
    System.out.println(told + " told, " + closed + " closed");
  }

  private static ByteBuffer from(ByteBuffer all, int position) {
    return ((ByteBuffer) all.duplicate().position(position)).slice();
  }

  private static ImageProxy image(ByteBuffer[] buffers) {
    ImageProxy.PlaneProxy[] planes = new ImageProxy.PlaneProxy[3];
    for (int i = 0; i < 3; i++) planes[i] = plane(buffers[i], i == 0 ? 1 : 2);
    return new ImageProxy() {
      @Override
      public int getWidth() {
        return WIDTH;
      }

      @Override
      public int getHeight() {
        return HEIGHT;
      }

      @Override
      public ImageInfo getImageInfo() {
        return () -> 90;
      }

      @Override
      public ImageProxy.PlaneProxy[] getPlanes() {
        return planes;
      }

      @Override
      public void close() {
        closed++;
      }
    };
  }

  private static ImageProxy.PlaneProxy plane(ByteBuffer buffer, int pixelStride) {
    return new ImageProxy.PlaneProxy() {
      @Override
      public int getRowStride() {
        return STRIDE;
      }

      @Override
      public int getPixelStride() {
        return pixelStride;
      }

      @Override
      public ByteBuffer getBuffer() {
        return buffer;
      }
    };
  }
}
