/** One program for all points: shape and colour by state, turned by a bearing, gliding by the clock of the page. */

/** Floats of one point: from x y, to x y, start and length of the glide (s), state, bearing (degrees, < -900: none). */
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
flat out float v_bearing;
out float v_size;
void main() {
  float part = a_glide.y <= 0.0 ? 1.0 : clamp((u_now - a_glide.x) / a_glide.y, 0.0, 1.0);
  gl_Position = u_matrix * vec4(mix(a_from, a_to, part), 0.0, 1.0);
  v_state = int(a_look.x + 0.5);
  v_bearing = a_look.y;
  float size = u_size * (v_state > 2 ? 1.5 : v_state == 2 ? 1.2 : 1.0) * (a_look.y > -900.0 ? 1.35 : 1.0);
  v_size = max(size, v_state > 2 ? 13.0 : 5.0) * u_ratio;
  gl_PointSize = v_size + 2.0;
}`;

const FRAGMENT = `#version 300 es
precision highp float;
flat in int v_state;
flat in float v_bearing;
in float v_size;
uniform vec4 u_colours[6];
uniform vec4 u_edge;
out vec4 colour;
float box(vec2 p, float r) { vec2 d = abs(p) - r; return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0); }
float polygon(vec2 p, float n, float r) {
  float a = atan(p.x, p.y) + 3.14159265;
  float k = 6.2831853 / n;
  return cos(floor(0.5 + a / k) * k - a) * length(p) - r;
}
float shape(vec2 p, float r) {
  if (v_state == 2) return (abs(p.x) + abs(p.y) - r * 1.1) * 0.7071;
  if (v_state == 3) return polygon(vec2(p.x, -p.y - 0.12 * r), 3.0, r * 0.55);
  if (v_state == 4) return box(p, r * 0.78);
  if (v_state == 5) return polygon(p, 6.0, r * 0.92);
  if (v_state == 0) return abs(length(p) - r * 0.72) - r * 0.2;
  return length(p) - r * 0.86;
}
void main() {
  vec2 p = (gl_PointCoord * 2.0 - 1.0) * (v_size + 2.0) / v_size;
  bool turned = v_bearing > -900.0;
  float d = shape(p, turned ? 0.62 : 0.92);
  if (turned) {
    float a = radians(v_bearing);
    vec2 q = vec2(p.x * cos(a) + p.y * sin(a), -p.x * sin(a) + p.y * cos(a));
    float nose = max(abs(q.x) - (q.y + 1.0) * 0.75, q.y + 0.25);
    d = min(d, nose * 0.8);
  }
  float soft = 2.0 / v_size;
  float inside = 1.0 - smoothstep(-soft, 0.0, d);
  if (inside <= 0.0) discard;
  float rim = v_state == 0 ? 0.0 : smoothstep(-soft * 2.2, -soft * 1.2, d);
  colour = mix(u_colours[v_state], u_edge, rim * u_edge.a);
  colour *= inside;
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
