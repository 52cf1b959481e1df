// A part of Winograd's last steps, winograd_output and winograd_taps, which say how many POWERS they take
// of six points, one for each pixel or tap. A[a, i] is point i to the power a; infinity counts in the
// highest power only.

/// One value per power; those past POWERS mean nothing.
alias Powers = array<vec4f, 5>;

/// A times the values at the six points.
fn transform(zero: vec4f, p: vec4f, minus_p: vec4f, q: vec4f, minus_q: vec4f,
             infinity: vec4f) -> Powers {
  let even_p = p + minus_p;
  let odd_p = P * (p - minus_p);
  let even_q = q + minus_q;
  let odd_q = Q * (q - minus_q);
  var v = Powers(
    zero + even_p + even_q,
    odd_p + odd_q,
    PP * even_p + QQ * even_q,
    PP * odd_p + QQ * odd_q,
    PP * PP * even_p + QQ * QQ * even_q,
  );
  v[POWERS - 1] += infinity;
  return v;
}

/// Transforms a column of 6 x 6 numbers, the first of them at `at`.
fn transformed_column(at: i32, step: i32) -> Powers {
  return transform(m[at], m[at + step], m[at + 2 * step], m[at + 3 * step], m[at + 4 * step],
                   m[at + 5 * step]);
}
