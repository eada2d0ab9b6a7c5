/** What Gradio loads into the page with the first figure, for the type checker. */
interface Window {
  Plotly: import('./lanes/figure.js').Plotly;
}
