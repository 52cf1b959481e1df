/** Number of real spherical harmonics of the degrees 0 to `lMax`. */
export function harmonicCount(lMax: number): number {
  return (lMax + 1) ** 2;
}

/** Where Y_lm stands among them: degree by degree, m from -l to l. */
export function harmonicIndex(l: number, m: number): number {
  return l * l + l + m;
}

/**
 * Evaluates the real spherical harmonics of the degrees 0 to `lMax` in a direction, a unit vector,
 * into `values` of {@link harmonicCount} numbers. Orthonormal on the unit sphere, without the
 * Condon-Shortley phase; m > 0 goes with cos(m phi), m < 0 with sin(|m| phi).
 *
 * The Legendre functions follow the usual recurrence in l for normalised ones, stable to degrees
 * far beyond any use here (Holmes and Featherstone 2002); sin(theta)^m is kept with cos(m phi) as
 * the real part of (x + iy)^m, so that the poles are not a special case.
 */
export function sphericalHarmonics(
  lMax: number,
  x: number,
  y: number,
  z: number,
  values: Float64Array,
): void {
  let sectoral = Math.sqrt(1 / (4 * Math.PI));
  let [cos, sin] = [1, 0];
  for (let m = 0; m <= lMax; m++) {
    if (m > 0) {
      sectoral *= Math.sqrt((2 * m + 1) / (2 * m));
      [cos, sin] = [cos * x - sin * y, cos * y + sin * x];
    }
    const scale = m === 0 ? 1 : Math.SQRT2;
    let [before, legendre] = [0, sectoral];
    for (let l = m; l <= lMax; l++) {
      if (l > m) {
        const a = Math.sqrt((4 * l * l - 1) / (l * l - m * m));
        const b = Math.sqrt(((l - 1) ** 2 - m * m) / (4 * (l - 1) ** 2 - 1));
        [before, legendre] = [legendre, a * (z * legendre - b * before)];
      }
      values[harmonicIndex(l, m)] = scale * legendre * cos;
      if (m > 0) values[harmonicIndex(l, -m)] = scale * legendre * sin;
    }
  }
}
