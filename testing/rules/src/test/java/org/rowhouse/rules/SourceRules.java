package org.rowhouse.rules;

import com.sun.source.tree.BinaryTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LiteralTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** The rules on a source file's syntax tree, as javac parses it. */
final class SourceRules extends TreePathScanner<@Nullable Void, @Nullable Void> {
    private static final int METHOD_LINES_MAX = 70;
    private static final Pattern SQL =
            Pattern.compile(
                    "(?is)\\s*(select\\s.*\\sfrom\\s|insert\\s+into\\s|delete\\s+from\\s"
                            + "|update\\s+\\S+\\s+set\\s|(create|drop|alter|truncate)"
                            + "\\s+(table|schema|role|database|index)\\s).*");

    private final Path file;
    private final CompilationUnitTree unit;
    private final DocTrees trees;
    private final List<Finding> findings = new ArrayList<>();

    private SourceRules(Path file, CompilationUnitTree unit, DocTrees trees) {
        this.file = file;
        this.unit = unit;
        this.trees = trees;
    }

    /** Everything untidy in these sources; what javac cannot parse is left to the build. */
    static List<Finding> check(Path root, List<Path> files) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        List<Finding> findings = new ArrayList<>();
        try (var manager = compiler.getStandardFileManager(null, null, null)) {
            var task =
                    (JavacTask)
                            compiler.getTask(
                                    null,
                                    manager,
                                    _ -> {},
                                    null,
                                    null,
                                    manager.getJavaFileObjectsFromPaths(files));
            DocTrees trees = DocTrees.instance(task);
            for (CompilationUnitTree unit : task.parse()) {
                JavaFileObject source = unit.getSourceFile();
                Path file = root.relativize(Path.of(source.toUri()));
                var rules = new SourceRules(file, unit, trees);
                rules.scan(unit, null);
                findings.addAll(rules.findings);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return findings;
    }

    @Override
    public @Nullable Void visitClass(ClassTree type, @Nullable Void unused) {
        boolean outermost = getCurrentPath().getParentPath().getLeaf() == unit;
        if (outermost
                && isMain()
                && type.getModifiers().getFlags().contains(Modifier.PUBLIC)
                && trees.getDocComment(getCurrentPath()) == null) {
            add(type, "say what the public type " + type.getSimpleName() + " is for");
        }
        return super.visitClass(type, null);
    }

    @Override
    public @Nullable Void visitMethod(MethodTree method, @Nullable Void unused) {
        // Without its annotations: a test's table of cases is no part of its method.
        if (method.getBody() != null) {
            var positions = trees.getSourcePositions();
            long first = lineOf(positions.getStartPosition(unit, method.getBody()));
            long last = lineOf(positions.getEndPosition(unit, method.getBody()));
            long lines = last - first + 1;
            if (lines > METHOD_LINES_MAX) {
                add(
                        method,
                        "%s has %d lines: divide it, %d are the limit"
                                .formatted(method.getName(), lines, METHOD_LINES_MAX));
            }
        }
        return super.visitMethod(method, null);
    }

    @Override
    public @Nullable Void visitBinary(BinaryTree operation, @Nullable Void unused) {
        if (isMain() && operation.getKind() == Tree.Kind.PLUS) {
            boolean literals =
                    operation.getLeftOperand() instanceof LiteralTree
                            && operation.getRightOperand() instanceof LiteralTree;
            if (!literals && isSql(operation.getLeftOperand())) {
                add(operation, "put SQL into a .sql file and bind its values");
            }
        }
        return super.visitBinary(operation, null);
    }

    private static boolean isSql(Tree operand) {
        return operand instanceof LiteralTree literal
                && literal.getValue() instanceof String text
                && SQL.matcher(text).matches();
    }

    private boolean isMain() {
        return file.toString().contains("src/main/");
    }

    private long lineOf(long position) {
        return unit.getLineMap().getLineNumber(position);
    }

    private void add(Tree tree, String what) {
        long line = lineOf(trees.getSourcePositions().getStartPosition(unit, tree));
        findings.add(new Finding(file, line, what));
    }
}
