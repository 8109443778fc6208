/** Style sheets are for the bundler: one that a page loads has no value, one asked for as text is a string. */
declare module "*.css" {}
declare module "*.css?inline" {
  const css: string
  export default css
}
