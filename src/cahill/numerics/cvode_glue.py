"""LLVM code between SUNDIALS' call-backs and a compiled system, and the loop over outputs."""

NEEDED = ("N_VGetArrayPointer", "SUNDenseMatrix_Data", "CVode", "CVodeGetDky")
"""SUNDIALS functions the code calls; their addresses are made known to LLVM beforehand."""

GLUE = """
%Model = type { ptr, ptr, ptr, i64, i64 }
%Factors = type { ptr, ptr, i64 }
%Run = type { ptr, i64, double, double, ptr, ptr, i64, i64, double, i64, i64, i64 }

declare ptr @N_VGetArrayPointer(ptr)
declare ptr @SUNDenseMatrix_Data(ptr)
declare i32 @CVode(ptr, double, ptr, ptr, i32)
declare i32 @CVodeGetDky(ptr, double, i32, ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)

; index of the first of n values that is infinite or not a number, -1 if there is none
define internal i64 @not_finite(ptr %a, i64 %n) {
entry:
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %good
body:
  %p = getelementptr i64, ptr %a, i64 %i
  %v = load i64, ptr %p
  %e = and i64 %v, 9218868437227405312
  %b = icmp eq i64 %e, 9218868437227405312
  %next = add i64 %i, 1
  br i1 %b, label %bad, label %head
bad:
  ret i64 %i
good:
  ret i64 -1
}

define i32 @cv_rhs(double %t, ptr %y, ptr %ydot, ptr %model) {
  %x = call ptr @N_VGetArrayPointer(ptr %y)
  %out = call ptr @N_VGetArrayPointer(ptr %ydot)
  %data = load ptr, ptr %model
  %fp = getelementptr %Model, ptr %model, i32 0, i32 1
  %f = load ptr, ptr %fp
  %np = getelementptr %Model, ptr %model, i32 0, i32 3
  %n = load i64, ptr %np
  %r = call i32 %f(double %t, ptr %x, ptr %out, ptr %data)
  %bad = call i64 @not_finite(ptr %out, i64 %n)
  %wrong = icmp sge i64 %bad, 0
  br i1 %wrong, label %refuse, label %accept
refuse:
  %bp = getelementptr %Model, ptr %model, i32 0, i32 4
  store i64 %bad, ptr %bp
  ret i32 1 ; recoverable: take a smaller step
accept:
  ret i32 0
}

define i32 @cv_jacobian(double %t, ptr %y, ptr %fy, ptr %matrix, ptr %model,
                        ptr %a, ptr %b, ptr %c) {
  %x = call ptr @N_VGetArrayPointer(ptr %y)
  %out = call ptr @SUNDenseMatrix_Data(ptr %matrix)
  %data = load ptr, ptr %model
  %fp = getelementptr %Model, ptr %model, i32 0, i32 2
  %f = load ptr, ptr %fp
  %r = call i32 %f(double %t, ptr %x, ptr %out, ptr %data)
  ret i32 0
}

define i32 @ls_initialise(ptr %solver) {
  ret i32 0
}

define i32 @ls_setup(ptr %solver, ptr %matrix) {
  %a = call ptr @SUNDenseMatrix_Data(ptr %matrix)
  %own = load ptr, ptr %solver
  %f = load ptr, ptr %own
  %r = call i32 %f(ptr %a)
  ret i32 %r
}

define i32 @ls_solve(ptr %solver, ptr %matrix, ptr %x, ptr %b, double %tolerance) {
  %a = call ptr @SUNDenseMatrix_Data(ptr %matrix)
  %xd = call ptr @N_VGetArrayPointer(ptr %x)
  %bd = call ptr @N_VGetArrayPointer(ptr %b)
  %own = load ptr, ptr %solver
  %fp = getelementptr %Factors, ptr %own, i32 0, i32 1
  %f = load ptr, ptr %fp
  %np = getelementptr %Factors, ptr %own, i32 0, i32 2
  %n = load i64, ptr %np
  %same = icmp eq ptr %xd, %bd
  br i1 %same, label %go, label %copy
copy:
  %bytes = mul i64 %n, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %xd, ptr %bd, i64 %bytes, i1 false)
  br label %go
go:
  call void %f(ptr %a, ptr %xd)
  ret i32 0
}

; index of the first state below its floor (or not a number), -1 if there is none
define internal i64 @below(ptr %x, ptr %floor, i64 %n) {
entry:
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %more = icmp slt i64 %i, %n
  br i1 %more, label %body, label %none
body:
  %xp = getelementptr double, ptr %x, i64 %i
  %v = load double, ptr %xp
  %lp = getelementptr double, ptr %floor, i64 %i
  %l = load double, ptr %lp
  %under = fcmp ult double %v, %l
  %next = add i64 %i, 1
  br i1 %under, label %found, label %head
found:
  ret i64 %i
none:
  ret i64 -1
}

; Step freely, interpolate the outputs: neither their number nor their places touch the steps.
define i32 @drive(ptr %mem, ptr %y, ptr %dky, ptr %run) {
entry:
  %tret = alloca double
  %times = load ptr, ptr %run
  %ntp = getelementptr %Run, ptr %run, i32 0, i32 1
  %nt = load i64, ptr %ntp
  %startp = getelementptr %Run, ptr %run, i32 0, i32 2
  %start = load double, ptr %startp
  %endp = getelementptr %Run, ptr %run, i32 0, i32 3
  %end = load double, ptr %endp
  %statesp = getelementptr %Run, ptr %run, i32 0, i32 4
  %states = load ptr, ptr %statesp
  %floorp = getelementptr %Run, ptr %run, i32 0, i32 5
  %floor = load ptr, ptr %floorp
  %np = getelementptr %Run, ptr %run, i32 0, i32 6
  %n = load i64, ptr %np
  %mostp = getelementptr %Run, ptr %run, i32 0, i32 7
  %most = load i64, ptr %mostp
  %reachedp = getelementptr %Run, ptr %run, i32 0, i32 8
  %filledp = getelementptr %Run, ptr %run, i32 0, i32 9
  %stepsp = getelementptr %Run, ptr %run, i32 0, i32 10
  %badp = getelementptr %Run, ptr %run, i32 0, i32 11
  %bytes = mul i64 %n, 8
  %x = call ptr @N_VGetArrayPointer(ptr %y)
  %d = call ptr @N_VGetArrayPointer(ptr %dky)
  store double %start, ptr %reachedp
  store double %start, ptr %tret
  store i64 0, ptr %filledp
  store i64 0, ptr %stepsp
  store i64 -1, ptr %badp
  br label %initial
initial:
  %i0 = phi i64 [ 0, %entry ], [ %i0n, %copy ]
  %left = icmp slt i64 %i0, %nt
  br i1 %left, label %compare, label %done
compare:
  %t0p = getelementptr double, ptr %times, i64 %i0
  %t0 = load double, ptr %t0p
  %at = fcmp ole double %t0, %start
  br i1 %at, label %copy, label %step
copy:
  %o0 = mul i64 %i0, %n
  %r0 = getelementptr double, ptr %states, i64 %o0
  call void @llvm.memcpy.p0.p0.i64(ptr %r0, ptr %x, i64 %bytes, i1 false)
  %i0n = add i64 %i0, 1
  store i64 %i0n, ptr %filledp
  br label %initial
step:
  %steps = load i64, ptr %stepsp
  %spent = icmp sge i64 %steps, %most
  br i1 %spent, label %toomany, label %advance
advance:
  %flag = call i32 @CVode(ptr %mem, double %end, ptr %y, ptr %tret, i32 2)
  %fails = icmp slt i32 %flag, 0
  br i1 %fails, label %failed, label %stepped
stepped:
  %s1 = add i64 %steps, 1
  store i64 %s1, ptr %stepsp
  %t = load double, ptr %tret
  br label %outputs
outputs:
  %i = load i64, ptr %filledp
  %more = icmp slt i64 %i, %nt
  br i1 %more, label %due, label %done
due:
  %tp = getelementptr double, ptr %times, i64 %i
  %ti = load double, ptr %tp
  %passed = fcmp ole double %ti, %t
  br i1 %passed, label %write, label %check
check: ; outputs remain, so the step ended before the last of them
  store double %t, ptr %reachedp
  %bad = call i64 @below(ptr %x, ptr %floor, i64 %n)
  %wrong = icmp sge i64 %bad, 0
  br i1 %wrong, label %negative, label %step
write:
  %g = call i32 @CVodeGetDky(ptr %mem, double %ti, i32 0, ptr %dky)
  %gf = icmp slt i32 %g, 0
  br i1 %gf, label %failed_dky, label %put
put:
  store double %ti, ptr %reachedp
  %badi = call i64 @below(ptr %d, ptr %floor, i64 %n)
  %wrongi = icmp sge i64 %badi, 0
  br i1 %wrongi, label %negative_output, label %keep
negative_output:
  call void @llvm.memcpy.p0.p0.i64(ptr %x, ptr %d, i64 %bytes, i1 false)
  br label %negative
keep:
  %o = mul i64 %i, %n
  %row = getelementptr double, ptr %states, i64 %o
  call void @llvm.memcpy.p0.p0.i64(ptr %row, ptr %d, i64 %bytes, i1 false)
  %in = add i64 %i, 1
  store i64 %in, ptr %filledp
  br label %outputs
done:
  ret i32 0
toomany:
  ret i32 2
failed:
  ret i32 %flag
failed_dky:
  ret i32 %g
negative:
  %which = phi i64 [ %bad, %check ], [ %badi, %negative_output ]
  store i64 %which, ptr %badp
  ret i32 1
}
"""
