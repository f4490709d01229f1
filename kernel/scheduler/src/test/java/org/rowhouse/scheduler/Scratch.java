package org.rowhouse.scheduler;
import java.nio.file.*; import java.util.*;
public class Scratch {
  public static void main(String[] a) throws Exception {
    Path d = Path.of(System.getenv("FGD"));
    Map<String,String[]> exp = new LinkedHashMap<>();
    for (String l : Files.readAllLines(d.resolve("expected.csv")).subList(1,55)) { String[] p=l.split(","); exp.put(p[0]+" "+p[1], p);}    
    Map<String,String> names = Map.of("Random","random","DotProd","dot-product","GpuClustering","gpu-clustering","GpuPacking","gpu-packing","BestFit","best-fit","FGD","fgd");
    List<Machine> nodes = Trace.nodes(d.resolve("nodes.csv"));
    long t0=System.nanoTime();
    for (var e : exp.entrySet()) {
      String w = e.getValue()[0], p = names.get(e.getValue()[1]);
      Simulation s = new Simulation(nodes, Trace.tasks(d.resolve("pods_"+w+".csv")).stream().map(Trace.Task::needs).toList());
      CompiledPolicy c = Policy.shipped(p).compile();
      double sum=0, ns=0; int n=Integer.parseInt(a[0]);
      for (int i=0;i<n;i++) { var r = s.fill(c, 42+i, 1.3, 100); sum+=r.allocatedPercent(); ns+=r.decisionNs(); }
      double ex=Double.parseDouble(e.getValue()[3]);
      System.out.printf("%-12s %-15s %.2f exp %.2f diff %+.2f  %.0f ns%n", w, p, sum/n, ex, sum/n-ex, ns/n);
    }
    System.out.println((System.nanoTime()-t0)/1e9+" s");
  }
}
