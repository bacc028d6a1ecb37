/** One program for all points: shape and colour by state, turned by a bearing, gliding by the clock of the page. */

/** Floats of one point: from x y, to x y, start and length of the glide (s), state (8 more: out of date), bearing (degrees, < -900: none). */
export const FLOATS = 8;

const VERTEX = `#version 300 es
precision highp float;
in vec2 a_from;
in vec2 a_to;
in vec2 a_glide;
in vec2 a_look;
uniform mat4 u_matrix;
uniform float u_now;
uniform float u_size;
uniform float u_ratio;
flat out int v_state;
flat out vec2 v_turn;
flat out float v_stale;
void main() {
  float part = a_glide.y <= 0.0 ? 1.0 : clamp((u_now - a_glide.x) / a_glide.y, 0.0, 1.0);
  gl_Position = u_matrix * vec4(mix(a_from, a_to, part), 0.0, 1.0);
  int code = int(a_look.x + 0.5);
  v_state = code % 8;
  v_stale = code >= 8 ? 1.0 : 0.0;
  // A nose of less than a few pixels would not be seen.
  bool turned = a_look.y > -900.0 && u_size > 6.5;
  v_turn = turned ? vec2(cos(radians(a_look.y)), sin(radians(a_look.y))) : vec2(0.0);
  float size = u_size * (v_state > 2 ? 1.5 : v_state == 2 ? 1.2 : 1.0) * (turned ? 1.35 : 1.0);
  gl_PointSize = max(size, v_state > 2 ? 13.0 : 5.0) * u_ratio + 2.0;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
flat in int v_state;
flat in vec2 v_turn;
flat in float v_stale;
uniform sampler2D u_shapes;
uniform vec4 u_colours[6];
uniform vec4 u_edge;
out vec4 colour;
void main() {
  bool turned = v_turn != vec2(0.0);
  vec2 p = gl_PointCoord;
  vec4 found = texture(u_shapes, vec2((float(v_state) + p.x) / 7.0, turned ? p.y * 0.5 + 0.5 : p.y * 0.5));
  if (turned) {
    vec2 q = gl_PointCoord - 0.5;
    vec2 r = vec2(q.x * v_turn.x + q.y * v_turn.y, q.y * v_turn.x - q.x * v_turn.y) + 0.5;
    vec4 nose = texture(u_shapes, vec2((6.0 + clamp(r.x, 0.02, 0.98)) / 7.0, clamp(r.y, 0.02, 0.98) * 0.5 + 0.5));
    found.ra = max(found.ra, nose.ra);
  }
  if (found.a < 0.02) discard;
  // Red is the body, alpha body and rim. What is out of date is hollow: only its rim has the colour.
  vec4 full = u_colours[v_state];
  vec4 edge = vec4(u_edge.rgb, 1.0);
  bool hollow = v_stale > 0.5 && v_state > 0;
  vec4 body = hollow ? mix(edge, full, 0.18) : full;
  vec4 rim = hollow ? full : edge;
  colour = mix(rim, body, found.a > 0.0 ? found.r / found.a : 0.0) * found.a;
}`;

/** The program, compiled; throws with what the compiler says. */
export function program(gl: WebGL2RenderingContext): WebGLProgram {
  const made = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader) ?? "shader");
    gl.attachShader(made, shader);
  }
  gl.linkProgram(made);
  if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made) ?? "program");
  return made;
}
