package org.rowhouse.wire.codec;

import static java.lang.classfile.ClassFile.ACC_FINAL;
import static java.lang.classfile.ClassFile.ACC_PUBLIC;
import static java.lang.classfile.ClassFile.ACC_SYNTHETIC;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DynamicConstantDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes classes that write and read the records of one class without boxes: numbers and texts by
 * calls of {@link Output} and {@link Input}, everything else by encodings and decodings of its own.
 *
 * <p>A hidden class holds the record's accessors and constructor as constants, so that the JVM
 * compiles a record's fields into one straight line. What it replaces, {@link Shape.Maker} called
 * for each part, took twice the time; it is kept for parameters and as the oracle in tests.
 */
final class RecordCode {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final ClassFile FILES =
            ClassFile.of(
                    ClassFile.ClassHierarchyResolverOption.of(
                            ClassHierarchyResolver.ofClassLoading(LOOKUP)));
    private static final ClassDesc OUTPUT = desc(Output.class);
    private static final ClassDesc INPUT = desc(Input.class);
    private static final ClassDesc SELF = desc(RecordCode.class);
    private static final ClassDesc HANDLE = ConstantDescs.CD_MethodHandle;
    private static final ClassDesc OBJECT = ConstantDescs.CD_Object;
    private static final MethodTypeDesc NOTHING = MethodTypeDesc.of(ConstantDescs.CD_void);
    private static final MethodTypeDesc WRITE =
            MethodTypeDesc.of(ConstantDescs.CD_void, OUTPUT, OBJECT);
    private static final MethodTypeDesc READ = MethodTypeDesc.of(OBJECT, INPUT);

    private RecordCode() {}

    /**
     * Writes records.
     *
     * @param each writes the parts that are neither numbers nor texts; may be filled in later
     */
    static Encoding encoding(Shape.Parts parts, RecordMaker maker, Encoding[] each) {
        List<Object> constants = new ArrayList<>(List.of(parts, each));
        for (int i = 0; i < each.length; i++) {
            MethodType type = MethodType.methodType(held(parts.parts.get(i).shape()), Object.class);
            constants.add(maker.accessor(i).asType(type));
        }
        return (Encoding)
                instance(Encoding.class, "write", WRITE, code -> writing(code, parts), constants);
    }

    private static void writing(CodeBuilder code, Shape.Parts parts) {
        int at = code.allocateLocal(TypeKind.INT);
        code.aload(1).invokevirtual(OUTPUT, "enter", NOTHING).iconst_0().istore(at);
        code.trying(
                tried -> {
                    for (int i = 0; i < parts.parts.size(); i++) {
                        tried.loadConstant(i).istore(at);
                        write(tried, parts.parts.get(i).shape(), i);
                    }
                },
                caught -> caught.catchingAll(handler -> blame(handler, at, "unwritten")));
        code.aload(1).invokevirtual(OUTPUT, "leave", NOTHING).return_();
    }

    private static void write(CodeBuilder code, Shape shape, int index) {
        ClassDesc held = desc(held(shape));
        boolean simple = held.isPrimitive() || shape.equals(TEXT);
        if (!simple) {
            constant(code, 1, desc(Encoding[].class));
            code.loadConstant(index).aaload();
        }
        code.aload(1);
        constant(code, 2 + index, HANDLE);
        code.aload(2).invokevirtual(HANDLE, "invokeExact", MethodTypeDesc.of(held, OBJECT));
        if (!simple) {
            code.invokeinterface(desc(Encoding.class), "write", WRITE);
        } else {
            Schema.Leaf leaf = ((Shape.Single) shape).leaf();
            ClassDesc taken = leaf.whole() ? ConstantDescs.CD_long : held;
            if (leaf.whole() && leaf != Schema.Leaf.I64) {
                code.i2l();
            }
            String method = leaf.whole() ? "whole" : leaf.word();
            code.invokevirtual(OUTPUT, method, MethodTypeDesc.of(ConstantDescs.CD_void, taken));
        }
    }

    /**
     * Reads records.
     *
     * @param places the place of each written field among the parts; -1 if it is to be skipped
     * @param empty what the parts hold that were not written
     * @param each reads the fields that are neither numbers nor texts; may be filled in later
     */
    static Decoding decoding(
            Schema.Fields written,
            Shape.Parts wanted,
            int[] places,
            @Nullable Object[] empty,
            Decoding[] each) {
        List<Class<?>> held = new ArrayList<>();
        wanted.parts.forEach(part -> held.add(held(part.shape())));
        RecordMaker maker = (RecordMaker) wanted.maker;
        MethodHandle constructor =
                maker.constructor().asType(MethodType.methodType(Object.class, held));
        List<Object> constants = List.of(wanted, each, constructor, empty, written);
        return (Decoding)
                instance(
                        Decoding.class,
                        "read",
                        READ,
                        code -> reading(code, written, wanted, places),
                        constants);
    }

    private static void reading(
            CodeBuilder code, Schema.Fields written, Shape.Parts wanted, int[] places) {
        int at = code.allocateLocal(TypeKind.INT);
        code.aload(1).invokevirtual(INPUT, "enter", NOTHING).iconst_0().istore(at);
        int[] locals = new int[wanted.parts.size()];
        ClassDesc[] types = new ClassDesc[locals.length];
        for (int i = 0; i < locals.length; i++) {
            types[i] = desc(held(wanted.parts.get(i).shape()));
            TypeKind kind = TypeKind.from(types[i]);
            locals[i] = code.allocateLocal(kind);
            empty(code, kind, types[i], i);
            code.storeLocal(kind, locals[i]);
        }
        code.trying(
                tried -> {
                    for (int i = 0; i < places.length; i++) {
                        tried.loadConstant(i).istore(at);
                        Schema schema = written.fields().get(i).schema();
                        if (places[i] < 0) {
                            read(tried, i);
                            tried.pop();
                        } else {
                            Shape shape = wanted.parts.get(places[i]).shape();
                            read(tried, schema, shape, types[places[i]], i);
                            tried.storeLocal(TypeKind.from(types[places[i]]), locals[places[i]]);
                        }
                    }
                },
                caught -> caught.catchingAll(handler -> blame(handler, at, "unread")));
        code.aload(1).invokevirtual(INPUT, "leave", NOTHING);
        code.trying(
                tried -> {
                    constant(tried, 2, HANDLE);
                    for (int i = 0; i < locals.length; i++) {
                        tried.loadLocal(TypeKind.from(types[i]), locals[i]);
                    }
                    tried.invokevirtual(HANDLE, "invokeExact", MethodTypeDesc.of(OBJECT, types));
                    tried.areturn();
                },
                caught -> caught.catchingAll(handler -> blame(handler, at, "unmade")));
    }

    private static void empty(CodeBuilder code, TypeKind kind, ClassDesc type, int index) {
        switch (kind) {
            case LONG -> code.lconst_0();
            case FLOAT -> code.fconst_0();
            case DOUBLE -> code.dconst_0();
            case REFERENCE -> {
                constant(code, 3, desc(Object[].class));
                code.loadConstant(index).aaload().checkcast(type);
            }
            default -> code.iconst_0();
        }
    }

    private static void read(
            CodeBuilder code, Schema written, Shape wanted, ClassDesc held, int index) {
        if (wanted.equals(TEXT) && written == Schema.Leaf.STR) {
            code.aload(1).invokevirtual(INPUT, "str", MethodTypeDesc.of(held));
        } else if (!held.isPrimitive() || !(written instanceof Schema.Leaf leaf)) {
            read(code, index);
            unbox(code, held);
        } else {
            boolean widened = leaf == Schema.Leaf.F32 && held.equals(ConstantDescs.CD_double);
            Schema.Leaf asked = widened ? leaf : ((Shape.Single) wanted).leaf();
            String method = asked == Schema.Leaf.I64 ? "whole" : asked.word();
            ClassDesc given = widened ? ConstantDescs.CD_float : held;
            code.aload(1).invokevirtual(INPUT, method, MethodTypeDesc.of(given));
            if (widened) {
                code.f2d();
            }
        }
    }

    /** Reads by a decoding. */
    private static void read(CodeBuilder code, int index) {
        constant(code, 1, desc(Decoding[].class));
        code.loadConstant(index).aaload().aload(1);
        code.invokeinterface(desc(Decoding.class), "read", READ);
    }

    private static void unbox(CodeBuilder code, ClassDesc held) {
        if (!held.isPrimitive()) {
            code.checkcast(held);
            return;
        }
        boolean bool = held.equals(ConstantDescs.CD_boolean);
        ClassDesc box = desc(bool ? Boolean.class : Number.class);
        code.checkcast(box);
        code.invokevirtual(box, held.displayName() + "Value", MethodTypeDesc.of(held));
    }

    private static final Shape TEXT = new Shape.Single(Schema.Leaf.STR, String.class);

    /** How the code holds a part: numbers and texts as they are, all else as an object. */
    private static Class<?> held(Shape shape) {
        return shape instanceof Shape.Single single
                        && (single.type().isPrimitive() || shape.equals(TEXT))
                ? single.type()
                : Object.class;
    }

    /** Throws what a method of this class makes of a trouble, the record and the field's index. */
    private static void blame(CodeBuilder code, int at, String method) {
        code.checkcast(ConstantDescs.CD_Throwable);
        constant(code, 0, desc(Shape.Parts.class));
        code.iload(at);
        ClassDesc named = desc(Shape.Parts.class);
        if (method.equals("unread")) {
            constant(code, 4, desc(Schema.Fields.class));
            code.swap();
        }
        MethodTypeDesc type =
                method.equals("unread")
                        ? MethodTypeDesc.of(
                                desc(RuntimeException.class),
                                ConstantDescs.CD_Throwable,
                                named,
                                desc(Schema.Fields.class),
                                ConstantDescs.CD_int)
                        : MethodTypeDesc.of(
                                desc(RuntimeException.class),
                                ConstantDescs.CD_Throwable,
                                named,
                                ConstantDescs.CD_int);
        code.invokestatic(SELF, method, type).athrow();
    }

    /** A part could not be written. */
    static RuntimeException unwritten(Throwable cause, Shape.Parts parts, int at) {
        return ((RecordMaker) parts.maker).unwritten(cause).within(parts.parts.get(at).name());
    }

    /** A field could not be read. */
    static RuntimeException unread(
            Throwable cause, Shape.Parts parts, Schema.Fields written, int at) {
        return ((RecordMaker) parts.maker).unmade(cause).within(written.fields().get(at).name());
    }

    /** The constructor refused what was read. */
    static RuntimeException unmade(Throwable cause, Shape.Parts parts, int at) {
        return ((RecordMaker) parts.maker).unmade(cause);
    }

    private static void constant(CodeBuilder code, int index, ClassDesc type) {
        code.loadConstant(
                DynamicConstantDesc.ofNamed(
                        ConstantDescs.BSM_CLASS_DATA_AT, ConstantDescs.DEFAULT_NAME, type, index));
    }

    private static Object instance(
            Class<?> kind,
            String method,
            MethodTypeDesc type,
            Consumer<CodeBuilder> body,
            List<Object> constants) {
        byte[] file =
                FILES.build(
                        ClassDesc.of(kind.getName() + "$Record"),
                        builder ->
                                builder.withFlags(ACC_FINAL | ACC_SYNTHETIC)
                                        .withInterfaceSymbols(desc(kind))
                                        .withMethodBody(
                                                ConstantDescs.INIT_NAME,
                                                NOTHING,
                                                0,
                                                code ->
                                                        code.aload(0)
                                                                .invokespecial(
                                                                        OBJECT,
                                                                        ConstantDescs.INIT_NAME,
                                                                        NOTHING)
                                                                .return_())
                                        .withMethodBody(method, type, ACC_PUBLIC, body));
        try {
            MethodHandles.Lookup hidden =
                    LOOKUP.defineHiddenClassWithClassData(file, List.copyOf(constants), true);
            return hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class))
                    .invoke();
        } catch (Throwable e) {
            throw new IllegalStateException("the code made for a record is refused", e);
        }
    }

    private static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
