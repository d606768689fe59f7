-- For Neovim 0.11 and newer: ~/.config/nvim/lua/runbook.lua, and `require("runbook")` in init.lua.
vim.filetype.add({ extension = { runbook = "runbook" } })

vim.lsp.config("runbook", {
  cmd = { "runbook", "lsp" },
  -- The server looks at what a YAML file holds; one that is no runbook and no policy gets no answers.
  filetypes = { "runbook", "yaml" },
  root_markers = { "policy.yml", ".git" },
  init_options = { checkDelay = 200 },
})
vim.lsp.enable("runbook")

vim.api.nvim_create_autocmd("FileType", {
  pattern = "runbook",
  callback = function()
    vim.bo.commentstring = "# %s"
    vim.bo.shiftwidth = 2
    vim.bo.expandtab = true
  end,
})
