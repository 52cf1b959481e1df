// What Winograd's transforms share. Their points are 0, P, -P, Q, -Q and infinity: six, of which each line
// of numbers in between has one each.
const P = 0.75;
const Q = 1.5;
const PP = 0.5625; // P squared
const QQ = 2.25;

/// One value per point, or one per pixel.
alias Six = array<vec4f, 6>;
