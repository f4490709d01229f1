package org.rowhouse.console;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** Makes pictures of pages small: they have few colours, and many shades between those. */
final class Palette {
    private static final int COLOURS = 256;

    private Palette() {}

    /** The same picture in 256 colours: the most frequent ones, and for each other the nearest. */
    static byte[] reduce(byte[] png) throws IOException {
        BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
        int width = image.getWidth();
        int height = image.getHeight();
        int[] pixels = image.getRGB(0, 0, width, height, null, 0, width);
        Map<Integer, Integer> counts = new HashMap<>();
        for (int pixel : pixels) {
            counts.merge(pixel & 0xffffff, 1, Integer::sum);
        }
        int[] chosen = choose(counts);
        Map<Integer, Integer> places = new HashMap<>();
        BufferedImage reduced =
                new BufferedImage(
                        width,
                        height,
                        BufferedImage.TYPE_BYTE_INDEXED,
                        new IndexColorModel(8, chosen.length, chosen, 0, false, -1, 0));
        for (int i = 0; i < pixels.length; i++) {
            int place =
                    places.computeIfAbsent(pixels[i] & 0xffffff, colour -> nearest(chosen, colour));
            reduced.getRaster().setSample(i % width, i / width, 0, place);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ImageIO.write(reduced, "png", out);
        return out.toByteArray();
    }

    /** Frequent colours, but none that is next to one that was taken. */
    private static int[] choose(Map<Integer, Integer> counts) {
        List<Integer> byCount =
                counts.entrySet().stream()
                        .sorted(Map.Entry.<Integer, Integer>comparingByValue().reversed())
                        .map(Map.Entry::getKey)
                        .toList();
        for (int apart = 0; ; apart = Math.max(8, apart * 2)) {
            int[] chosen = new int[COLOURS];
            int count = 0;
            boolean all = true;
            for (int colour : byCount) {
                if (count > 0
                        && distance(chosen[nearest(chosen, count, colour)], colour) <= apart) {
                    continue;
                }
                if (count == COLOURS) {
                    all = false;
                    break;
                }
                chosen[count++] = colour;
            }
            if (all) {
                return java.util.Arrays.copyOf(chosen, count);
            }
        }
    }

    private static int nearest(int[] chosen, int colour) {
        return nearest(chosen, chosen.length, colour);
    }

    private static int nearest(int[] chosen, int count, int colour) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (distance(chosen[i], colour) < distance(chosen[best], colour)) {
                best = i;
            }
        }
        return best;
    }

    private static int distance(int a, int b) {
        int red = (a >> 16 & 255) - (b >> 16 & 255);
        int green = (a >> 8 & 255) - (b >> 8 & 255);
        int blue = (a & 255) - (b & 255);
        return 2 * red * red + 4 * green * green + 3 * blue * blue;
    }
}
